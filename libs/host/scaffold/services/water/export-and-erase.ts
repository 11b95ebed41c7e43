import type {Context} from '@hearth/host/plugin.js';
import type {Glass} from './contract.js';

// A table with a user_id owes its user two things: all of it on request, and none of it once they have gone.

export async function* exportGlasses(userId: string, {db}: Context) {
	const rows = await db.as(userId, tx =>
		tx.many<Glass>('select id, date, amount, note, created_at from water.glasses where user_id = $1 order by id', [
			userId,
		]),
	);
	yield {file: 'water-glasses.json', rows};
}

/** Repeatable. */
export async function eraseGlasses(userId: string, {db}: Context): Promise<void> {
	await db.as(userId, tx => tx.run('delete from water.glasses where user_id = $1', [userId]));
}
