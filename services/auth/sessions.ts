import {ACCESS_TOKEN_S, signAccessToken} from '@hearth/host/access-token.js';
import type {Context, Transaction} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {type Account, shown, user} from './account.js';
import type {DeviceInput} from './account-fields.js';
import {deviceRemoved} from './contract.js';
import {issueToken, REFRESH_TOKEN_MS} from './refresh-token.js';
import {revoke} from './revocations.js';
import {signingKey} from './signing-keys.js';

// A session is a token family: what one sign-in began. It ends 30 days after its last refresh, and a year after the sign-in however
// often it was refreshed: asking a household for its passwords more often makes them short ones.
export const SESSION_MS = 365 * 24 * 3_600_000;

// More than a person has; each sign-in of a client that does not say its device id makes another.
const MAX_DEVICES = 100;
// Browser profiles, tabs and apps of one device that signed in by themselves.
const MAX_SESSIONS_OF_A_DEVICE = 10;

/** What register, login and refresh answer. `refresh_token` is left out where it goes as a cookie. */
export const signedIn = z.object({
	user,
	access_token: z.string(),
	refresh_token: z.string().optional(),
	/** Seconds the access token is good for. */
	expires_in: z.number(),
	device: z.object({id: z.uuid(), name: z.string()}),
});
export type SignedIn = z.output<typeof signedIn> & {refresh_token: string};

/** Begins a session on the device. The account is held by the transaction (`lockAccount`) or was made in it. */
export async function beginSession(
	tx: Transaction,
	context: Context,
	account: Account,
	given: DeviceInput | undefined,
): Promise<SignedIn> {
	const at = new Date(context.now());
	const device = {id: given?.id ?? uuidv7(), name: given?.name ?? 'Unnamed device'};
	await tx.run(
		`insert into auth.devices (user_id, id, name, created_at, last_seen_at) values ($1, $2, $3, $4, $4)
		on conflict (user_id, id) do update set name = excluded.name, last_seen_at = excluded.last_seen_at`,
		[account.id, device.id, device.name, at],
	);
	const session_id = uuidv7();
	await tx.run(
		'insert into auth.sessions (id, user_id, device_id, created_at, expires_at, ends_at) values ($1, $2, $3, $4, $5, $6)',
		[
			session_id,
			account.id,
			device.id,
			at,
			new Date(at.getTime() + REFRESH_TOKEN_MS),
			new Date(at.getTime() + SESSION_MS),
		],
	);
	const refresh_token = await issueToken(tx, session_id, at);
	await endSurplus(tx, context, account.id, device.id);
	return {
		user: shown(account),
		access_token: await accessToken(tx, context, account, session_id),
		refresh_token,
		expires_in: ACCESS_TOKEN_S,
		device,
	};
}

/** Signed inside the transaction that holds the account, so that no token outruns a change of role. */
export async function accessToken(
	tx: Transaction,
	context: Context,
	{id, role, household_id, tokens_not_before}: Account,
	session_id: string,
): Promise<string> {
	const issued_at_s = Math.max(Math.floor(context.now() / 1000), tokens_not_before);
	return signAccessToken({id, session_id, role, household_id}, await signingKey(tx, context), issued_at_s);
}

/** Ends sessions at once, in every process, with their refresh tokens and tickets. */
export async function endSessions(tx: Transaction, context: Context, ids: readonly string[]): Promise<void> {
	if (ids.length === 0) return;
	await tx.run('delete from auth.sessions where id = any($1)', [ids]);
	await revoke(
		tx,
		context,
		ids.map(session_id => ({session_id})),
	);
}

/** Every session of the account, as after a new password. */
export async function endAllSessions(tx: Transaction, context: Context, userId: string): Promise<void> {
	const rows = await tx.many<{id: string}>('select id from auth.sessions where user_id = $1', [userId]);
	await endSessions(
		tx,
		context,
		rows.map(({id}) => id),
	);
}

/** Removes devices and ends their sessions at once. Answers how many there were. */
export async function removeDevices(
	tx: Transaction,
	context: Context,
	userId: string,
	deviceIds: readonly string[],
): Promise<number> {
	const rows = await tx.many<{id: string}>('select id from auth.sessions where user_id = $1 and device_id = any($2)', [
		userId,
		deviceIds,
	]);
	await endSessions(
		tx,
		context,
		rows.map(({id}) => id),
	);
	const removed = await tx.many<{id: string}>(
		'delete from auth.devices where user_id = $1 and id = any($2) returning id',
		[userId, deviceIds],
	);
	for (const {id} of removed) await tx.publish(deviceRemoved, {user_id: userId, device_id: id});
	return removed.length;
}

/** Keeps an account's rows bounded: what ran out goes, then the oldest above the limits. */
async function endSurplus(tx: Transaction, context: Context, userId: string, deviceId: string): Promise<void> {
	await tx.run('delete from auth.sessions where user_id = $1 and expires_at <= $2', [userId, new Date(context.now())]);
	const sessions = await tx.many<{id: string}>(
		'select id from auth.sessions where user_id = $1 and device_id = $2 order by created_at desc, id desc offset $3',
		[userId, deviceId, MAX_SESSIONS_OF_A_DEVICE],
	);
	await endSessions(
		tx,
		context,
		sessions.map(({id}) => id),
	);
	const devices = await tx.many<{id: string}>(
		'select id from auth.devices where user_id = $1 and id <> $2 order by last_seen_at desc, id desc offset $3',
		[userId, deviceId, MAX_DEVICES - 1],
	);
	if (devices.length > 0) {
		await removeDevices(
			tx,
			context,
			userId,
			devices.map(({id}) => id),
		);
	}
}
