import {notFound} from '@hearth/host/errors.js';
import type {Transaction, User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';

/** A person's account as the API shows it. */
export const user = z.object({
	id: z.uuid(),
	email: z.string(),
	name: z.string(),
	role: z.enum(['member', 'moderator', 'admin']),
	email_verified: z.boolean(),
	household_id: z.uuid(),
	household_role: z.enum(['owner', 'member']),
	time_zone: z.string(),
	created_at: z.date(),
});

/** The account with what its sessions need to know. */
export interface Account extends z.output<typeof user> {
	password_hash: string;
	/** Epoch seconds; see `endAccessTokens`. */
	tokens_not_before: number;
	disabled_at: Date | null;
}

const USER_COLUMNS = 'id, email, name, role, email_verified, household_id, household_role, time_zone, created_at';
const ACCOUNT_COLUMNS = `${USER_COLUMNS}, password_hash, tokens_not_before, disabled_at`;

/** Only what the API shows of an account. */
export const shown = (account: Account): z.output<typeof user> => user.parse(account);

export const findByEmail = (sql: Sql, email: string) =>
	sql.find<Account>(`select ${ACCOUNT_COLUMNS} from auth.users where email = $1`, [email]);

/**
 * The account, held until the transaction ends. Invariant: whoever changes an account's role, household or sessions holds its row
 * first, so that no token is made of what is just being taken away.
 */
export const lockAccount = (tx: Transaction, id: string) =>
	tx.find<Account>(`select ${ACCOUNT_COLUMNS} from auth.users where id = $1 for no key update`, [id]);

/** The asker's own account. Throws NOT_FOUND where it was erased a moment ago. */
export async function lockOwn(tx: Transaction, {id}: Pick<User, 'id'>): Promise<Account> {
	const account = await lockAccount(tx, id);
	if (account === null) throw notFound('account');
	return account;
}

/**
 * Held by whoever makes or unmakes an admin, before any account: two first accounts at once make one admin, and two admins who demote
 * each other leave one. The number is arbitrary, the same in every process.
 */
export const lockAdmins = (tx: Transaction) => tx.run('select pg_advisory_xact_lock($1)', [7_266_101_001]);

export const adminExists = async (sql: Sql): Promise<boolean> =>
	(await sql.one<{exists: boolean}>(`select exists (select from auth.users where role = 'admin') as exists`)).exists;
