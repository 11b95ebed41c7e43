import {PublicError} from '@hearth/host/errors.js';
import type {Context, Transaction, User} from '@hearth/host/plugin.js';
import {isUniqueViolation} from '@hearth/ports/database.js';
import {v7 as uuidv7} from 'uuid';
import {type Account, lockAccount} from './account.js';

export interface NewAccount {
	email: string;
	email_verified: boolean;
	name: string | undefined;
	password_hash: string;
	role: User['role'];
	/** Left out for a household of one's own. */
	household_id?: string;
	consent?: {privacy_policy_version: string; terms_version: string} | undefined;
}

/** Makes the account, with a household of its own where it joins none. Throws CONFLICT where the e-mail has an account. */
export async function createAccount(tx: Transaction, {now}: Context, account: NewAccount): Promise<Account> {
	const at = new Date(now());
	const id = uuidv7();
	const household_id = account.household_id ?? (await createHousehold(tx, at));
	try {
		await tx.run(
			`insert into auth.users (id, email, email_verified, name, password_hash, role, household_id, household_role, joined_at,
				privacy_policy_version, terms_version, consented_at, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $9, $9)`,
			[
				id,
				account.email,
				account.email_verified,
				account.name ?? nameOf(account.email),
				account.password_hash,
				account.role,
				household_id,
				account.household_id === undefined ? 'owner' : 'member',
				at,
				account.consent?.privacy_policy_version ?? null,
				account.consent?.terms_version ?? null,
				account.consent === undefined ? null : at,
			],
		);
	} catch (error) {
		if (!isUniqueViolation(error, 'users_email')) throw error;
		throw new PublicError('CONFLICT', 'There is an account with this e-mail address already. Sign in instead.', {
			cause: error,
		});
	}
	const created = await lockAccount(tx, id);
	if (created === null) throw new Error(`The account ${id} is gone in the transaction that made it`);
	return created;
}

export async function createHousehold(tx: Transaction, at: Date): Promise<string> {
	const id = uuidv7();
	await tx.run('insert into auth.households (id, created_at) values ($1, $2)', [id, at]);
	return id;
}

/** What stands before the @, until the person says their name. */
const nameOf = (email: string) => [...email.slice(0, email.lastIndexOf('@'))].slice(0, 100).join('');
