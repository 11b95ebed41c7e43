import {ACCESS_TOKEN_S} from '@hearth/host/access-token.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, respond, route, type Transaction} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {type Account, lockAccount, shown} from './account.js';
import {type Asking, fromCall} from './asking.js';
import {auditRequest} from './audit-request.js';
import {refreshWith} from './contract.js';
import {REFRESH_TOKEN_MS, spendToken, successorOf} from './refresh-token.js';
import {sha256} from './secrets.js';
import {accessToken, endSessions, type SignedIn, signedIn} from './sessions.js';
import {refreshTokenOf, signedInReply} from './web-client.js';

// Two tabs wake up together and both refresh: the second gets what the first got. A thief who is this fast and sends the same
// User-Agent gains one access token more than he had; the next refresh by the other one ends it all.
const GRACE_MS = 10_000;
// Devices of a household behind one address, each with a few tabs that wake up at once. Nobody guesses 256 bits.
const REFRESHES_PER_MINUTE = 120;

/** A device exchanges its refresh token for a new pair. A token that was spent before ends the whole session. */
export const refresh = route('POST', '/api/v1/auth/refresh', {
	summary: 'Exchange a refresh token for a new pair of tokens',
	role: 'public',
	body: z.object({refresh_token: z.string().min(1).max(500).optional()}),
	max_body_bytes: 8 * 1024,
	data: signedIn,
	limit: {per_minute: REFRESHES_PER_MINUTE, by: 'address'},
	handle: async ({body, request}, context) => {
		const token = refreshTokenOf(request, body.refresh_token);
		return signedInReply(request, await renew(token, request, context, {mayKeep: false}));
	},
});

export const answerRefresh = respond(refreshWith, ({refresh_token, may_keep, asking}, context) =>
	renew(refresh_token, fromCall(asking), context, {mayKeep: may_keep}),
);

async function renew(
	token: string | null,
	request: Asking,
	context: Context,
	options: {mayKeep: boolean},
): Promise<SignedIn> {
	// The outcome is thrown after the commit: the end of a session whose token was stolen must last.
	const outcome =
		token === null ? 'ended' : await context.db.transaction(tx => exchange(tx, context, token, request, options));
	if (typeof outcome === 'string') throw new PublicError('UNAUTHENTICATED', refusals[outcome]);
	return outcome;
}

type Refusal = 'ended' | 'reused';

const refusals: Record<Refusal, string> = {
	ended: 'This session has ended. Sign in again.',
	reused: 'This refresh token was used before, so the session was ended in case somebody else has it. Sign in again.',
};

interface FoundToken {
	session_id: string;
	issued_at: Date;
	spent_at: Date | null;
	successor_salt: Buffer | null;
	spent_by: Buffer | null;
	ends_at: Date;
	device_id: string;
	device_name: string;
}

async function exchange(
	tx: Transaction,
	context: Context,
	token: string,
	request: Asking,
	{mayKeep}: {mayKeep: boolean},
): Promise<SignedIn | Refusal> {
	const owner = await tx.find<{user_id: string}>(
		`select sessions.user_id from auth.refresh_tokens join auth.sessions on sessions.id = session_id where hash = $1`,
		[sha256(token)],
	);
	const account = owner === null ? null : await lockAccount(tx, owner.user_id);
	// Read again now that the account is held: a moment ago another tab may have spent it.
	const found = account === null ? null : await findToken(tx, token);
	if (account === null || found === null) return 'ended';
	const at = new Date(context.now());
	if (isOver(found, at)) {
		await tx.run('delete from auth.sessions where id = $1', [found.session_id]);
		return 'ended';
	}
	const user_agent = request.headers['user-agent'] ?? '';
	if (found.spent_at === null) {
		const next = await spendToken(tx, context.settings, {token, session_id: found.session_id, user_agent, at});
		await prolong(tx, account, found, at);
		return pair(tx, context, account, found, next);
	}
	if (isSecondTab(found, user_agent, at)) {
		return pair(tx, context, account, found, successorOf(token, found.successor_salt, context.settings));
	}
	if (mayKeep && (await isGoodYet(tx, context, found, token, at))) {
		await prolong(tx, account, found, at);
		return pair(tx, context, account, found, token);
	}
	await endSessions(tx, context, [found.session_id]);
	await tx.audit({
		action: 'auth.refresh_token_reused',
		actor_id: null,
		user_id: account.id,
		resource: {type: 'device', id: found.device_id},
		request: auditRequest(request),
	});
	return 'reused';
}

const findToken = (tx: Transaction, token: string) =>
	tx.find<FoundToken>(
		`select session_id, issued_at, spent_at, successor_salt, spent_by, ends_at, devices.id as device_id, devices.name as device_name
		from auth.refresh_tokens
		join auth.sessions on sessions.id = session_id
		join auth.devices on devices.user_id = sessions.user_id and devices.id = device_id
		where hash = $1`,
		[sha256(token)],
	);

const isOver = ({issued_at, spent_at, ends_at}: FoundToken, at: Date) =>
	ends_at <= at || (spent_at === null && issued_at.getTime() + REFRESH_TOKEN_MS <= at.getTime());

const isSecondTab = (found: FoundToken, user_agent: string, at: Date): found is FoundToken & {successor_salt: Buffer} =>
	found.successor_salt !== null &&
	found.spent_at !== null &&
	at.getTime() - found.spent_at.getTime() <= GRACE_MS &&
	found.spent_by?.equals(sha256(user_agent)) === true;

/** Whether the token that followed this one was never used, so that whoever has this one is the only one there is. */
async function isGoodYet(
	tx: Transaction,
	{settings}: Context,
	{issued_at, successor_salt}: FoundToken,
	token: string,
	at: Date,
): Promise<boolean> {
	if (successor_salt === null || issued_at.getTime() + REFRESH_TOKEN_MS <= at.getTime()) return false;
	const successor = await findToken(tx, successorOf(token, successor_salt, settings));
	return successor !== null && successor.spent_at === null;
}

async function prolong(tx: Transaction, {id}: Account, {session_id, device_id, ends_at}: FoundToken, at: Date) {
	const expires_at = new Date(Math.min(at.getTime() + REFRESH_TOKEN_MS, ends_at.getTime()));
	await tx.run('update auth.sessions set expires_at = $2 where id = $1', [session_id, expires_at]);
	await tx.run('update auth.devices set last_seen_at = $3 where user_id = $1 and id = $2', [id, device_id, at]);
}

const pair = async (
	tx: Transaction,
	context: Context,
	account: Account,
	{session_id, device_id, device_name}: FoundToken,
	refresh_token: string,
): Promise<SignedIn> => ({
	user: shown(account),
	access_token: await accessToken(tx, context, account, session_id),
	refresh_token,
	expires_in: ACCESS_TOKEN_S,
	device: {id: device_id, name: device_name},
});
