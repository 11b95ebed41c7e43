import type {Context} from '@hearth/host/plugin.js';
import {FOOD_COLUMNS} from './store-food.js';

/** Rows of one file of the archive that are held in memory at a time. */
const BATCH = 500;
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** What a person sent in, proposed and likes. */
export async function* exportFoods(userId: string, {db}: Context) {
	const files = {
		'foods.json': `select ${FOOD_COLUMNS}, extracted, corrections from food.foods where created_by = $1 and id > $2 order by id limit $3`,
		'food-proposals.json': `select id, food_id, edits, status, reason, created_at, decided_at from food.proposals
			where created_by = $1 and id > $2 order by id limit $3`,
		'favourite-foods.json': `select food_id as id, created_at from food.favourites where user_id = $1 and food_id > $2 order by food_id limit $3`,
	};
	for (const [file, query] of Object.entries(files)) {
		let last = NO_ID;
		for (;;) {
			const rows = await db.as(userId, tx => tx.many<{id: string}>(query, [userId, last, BATCH]));
			if (rows.length > 0) yield {file, rows};
			last = rows.at(-1)?.id ?? last;
			if (rows.length < BATCH) break;
		}
	}
}

/** What others rely on stays, without the person: foods and their history. What was the person's alone goes. */
export async function eraseFoods(userId: string, {db}: Context): Promise<void> {
	await db.as(userId, async tx => {
		await tx.run('delete from food.favourites where user_id = $1', [userId]);
		await tx.run(`delete from food.proposals where created_by = $1 and status = 'pending'`, [userId]);
		await tx.run('update food.proposals set created_by = null where created_by = $1', [userId]);
		await tx.run('update food.proposals set decided_by = null where decided_by = $1', [userId]);
		await tx.run('update food.history set actor_id = null where actor_id = $1', [userId]);
		// The picture is erased by vision; what the person's household had pending it keeps.
		await tx.run(
			`update food.foods set created_by = null, image_id = null, submitted = null, extracted = null, boxes = null, corrections = null,
				household_id = case when status = 'pending' then household_id end
			where created_by = $1`,
			[userId],
		);
	});
}
