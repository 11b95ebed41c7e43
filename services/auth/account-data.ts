import type {Context, Transaction} from '@hearth/host/plugin.js';
import {lockAccount, lockAdmins} from './account.js';
import {endAccessTokens} from './revocations.js';
import {endAllSessions} from './sessions.js';

/** All that these tables hold on a user, save what is secret. */
export async function* exportAccount(userId: string, {db}: Context): AsyncIterable<{file: string; rows: unknown[]}> {
	yield {
		file: 'account.json',
		rows: await db.many(
			`select id, email, email_verified, name, role, household_id, household_role, joined_at, time_zone, locale, units,
				daily_targets, sync_enabled, disabled_at, privacy_policy_version, terms_version, consented_at, created_at, updated_at
			from auth.users where id = $1`,
			[userId],
		),
	};
	yield {
		file: 'devices.json',
		rows: await db.many(
			'select id, name, created_at, last_seen_at from auth.devices where user_id = $1 order by created_at',
			[userId],
		),
	};
	yield {
		file: 'sessions.json',
		rows: await db.many(
			'select id, device_id, created_at, expires_at, ends_at from auth.sessions where user_id = $1 order by created_at',
			[userId],
		),
	};
	yield {
		file: 'invites.json',
		rows: await db.many(
			'select id, email, role, created_at, expires_at, used_at from auth.invites where created_by = $1 order by created_at',
			[userId],
		),
	};
}

/** The account with its devices and sessions; its tokens end at once. The household goes with its last member, or has a new owner. */
export const eraseAccount = (userId: string, context: Context): Promise<void> =>
	context.db.transaction(async tx => {
		await lockAdmins(tx);
		const account = await lockAccount(tx, userId);
		if (account === null) return; // erased before
		await endAllSessions(tx, context, userId);
		await endAccessTokens(tx, context, account);
		// The address an invite was bound to is that person's, whoever sent it.
		await tx.run('delete from auth.invites where email = $1 or used_by = $2', [account.email, userId]);
		await tx.run('delete from auth.users where id = $1', [userId]);
		await leaveHousehold(tx, account.household_id);
	});

async function leaveHousehold(tx: Transaction, id: string): Promise<void> {
	await tx.run('select from auth.households where id = $1 for update', [id]);
	await tx.run(
		'delete from auth.households where id = $1 and not exists (select from auth.users where household_id = $1)',
		[id],
	);
	await tx.run(
		`update auth.users set household_role = 'owner' where id = (
			select id from auth.users where household_id = $1 order by joined_at, id limit 1
		) and not exists (select from auth.users where household_id = $1 and household_role = 'owner')`,
		[id],
	);
}
