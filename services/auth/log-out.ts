import {type Context, Reply, respond, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {lockAccount} from './account.js';
import {type Asking, fromCall} from './asking.js';
import {auditRequest} from './audit-request.js';
import {logOutWith} from './contract.js';
import {sha256} from './secrets.js';
import {endSessions} from './sessions.js';
import {clearCookie, isWeb, refreshTokenOf} from './web-client.js';

/** A device signs out: its session ends at once, in every process. Signing out twice is fine. */
export const logOut = route('POST', '/api/v1/auth/logout', {
	summary: 'End the session of a refresh token',
	role: 'public',
	body: z.object({refresh_token: z.string().min(1).max(500).optional()}),
	max_body_bytes: 8 * 1024,
	status: 204,
	handle: async ({body, request}, context) => {
		const token = refreshTokenOf(request, body.refresh_token);
		if (token !== null) await endSession(token, request, context);
		return new Reply(undefined, {status: 204, headers: isWeb(request) ? clearCookie(request) : {}});
	},
});

export const answerLogOut = respond(logOutWith, async ({refresh_token, asking}, context) => {
	await endSession(refresh_token, fromCall(asking), context);
	return {};
});

const endSession = (token: string, request: Asking, context: Context): Promise<void> =>
	context.db.transaction(async tx => {
		const session = await tx.find<{id: string; user_id: string; device_id: string}>(
			`select id, user_id, device_id from auth.sessions join auth.refresh_tokens on session_id = id where hash = $1`,
			[sha256(token)],
		);
		if (session === null) return;
		await lockAccount(tx, session.user_id);
		await endSessions(tx, context, [session.id]);
		await tx.audit({
			action: 'auth.logged_out',
			actor_id: session.user_id,
			resource: {type: 'device', id: session.device_id},
			request: auditRequest(request),
		});
	});
