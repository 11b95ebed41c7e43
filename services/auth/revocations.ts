import {ACCESS_TOKEN_S} from '@hearth/host/access-token.js';
import {listRevocations, type Revocation, revoked} from '@hearth/host/identity.js';
import {type Context, respond, type Transaction} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import type {Account} from './account.js';

// An access token lives this long at most; twice that bears clocks that differ.
const KEPT_MS = 2 * ACCESS_TOKEN_S * 1000;

/** Ends access tokens in every process as soon as the transaction commits. */
export async function revoke(tx: Transaction, context: Context, entries: readonly Revocation[]): Promise<void> {
	const now = context.now();
	await tx.run('delete from auth.revocations where revoked_at < $1', [new Date(now - KEPT_MS)]);
	for (const entry of entries) {
		await tx.run(
			'insert into auth.revocations (id, session_id, user_id, issued_before, revoked_at) values ($1, $2, $3, $4, $5)',
			'session_id' in entry
				? [uuidv7(), entry.session_id, null, null, new Date(now)]
				: [uuidv7(), null, entry.user_id, entry.issued_before, new Date(now)],
		);
	}
	tx.afterCommit(() => tell(context, entries));
}

async function tell(context: Context, entries: readonly Revocation[]): Promise<void> {
	try {
		for (const entry of entries) await context.broadcast(revoked, entry);
	} catch (error) {
		// Losing it is safe: the rows are committed, and every process reads them again when the bus is back.
		context.log.warn({err: error}, 'a revocation was not broadcast; processes read it when the bus is back');
	}
}

/**
 * Ends every access token of an account, so that the next refresh brings one with the new role or household. Tokens tell time in whole
 * seconds: those of this second end too, and the next ones are dated past it.
 */
export async function endAccessTokens(tx: Transaction, context: Context, account: Account): Promise<void> {
	const not_before = Math.max(Math.floor(context.now() / 1000), account.tokens_not_before) + 1;
	await tx.run('update auth.users set tokens_not_before = $2 where id = $1', [account.id, not_before]);
	account.tokens_not_before = not_before;
	await revoke(tx, context, [{user_id: account.id, issued_before: not_before}]);
}

async function load({db, now}: Pick<Context, 'db' | 'now'>): Promise<Revocation[]> {
	const rows = await db.many<{session_id: string | null; user_id: string; issued_before: number}>(
		'select session_id, user_id, issued_before from auth.revocations where revoked_at >= $1 order by revoked_at',
		[new Date(now() - KEPT_MS)],
	);
	return rows.map(({session_id, user_id, issued_before}) =>
		session_id === null ? {user_id, issued_before} : {session_id},
	);
}

export const answerRevocations = respond(listRevocations, async (_input, context) => ({revoked: await load(context)}));

/** Says again what a process killed between its commit and its broadcast may have left unsaid. */
export async function repeatRevocations(context: Context): Promise<void> {
	await tell(context, await load(context));
}
