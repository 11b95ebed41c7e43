import {PublicError} from '@hearth/host/errors.js';
import {type Context, respond, route} from '@hearth/host/plugin.js';
import type {z} from 'zod';
import {findByEmail, lockAccount} from './account.js';
import {type Asking, fromCall} from './asking.js';
import {auditRequest} from './audit-request.js';
import {credentials, logInWith} from './contract.js';
import {hashPassword, isOutdated, isPassword} from './passwords.js';
import {beginSession, type SignedIn, signedIn} from './sessions.js';
import {authLimit} from './settings.js';
import {signedInReply} from './web-client.js';

/** Somebody signs in. An unknown e-mail and a wrong password answer alike, and take as long. */
export const logIn = route('POST', '/api/v1/auth/login', {
	summary: 'Sign in with e-mail and password',
	role: 'public',
	body: credentials,
	max_body_bytes: 64 * 1024,
	data: signedIn,
	limit: {per_minute: authLimit, by: 'account'},
	handle: async ({body, request}, context) => signedInReply(request, await signIn(body, request, context)),
});

export const answerLogIn = respond(logInWith, ({given, asking}, context) => signIn(given, fromCall(asking), context));

async function signIn(body: z.output<typeof credentials>, request: Asking, context: Context): Promise<SignedIn> {
	const found = await findByEmail(context.db, body.email);
	if (!(await isPassword(found?.password_hash ?? null, body.password)) || found === null) throw wrong();
	const rehashed = isOutdated(found.password_hash) ? await hashPassword(body.password) : null;
	return context.db.transaction(async tx => {
		const account = await lockAccount(tx, found.id);
		// The password may have been changed while this one was compared.
		if (account === null || account.password_hash !== found.password_hash) throw wrong();
		if (account.disabled_at !== null) {
			throw new PublicError('FORBIDDEN', 'This account is disabled. Ask the admin of this server to enable it again.');
		}
		if (rehashed !== null) {
			await tx.run('update auth.users set password_hash = $2 where id = $1', [account.id, rehashed]);
		}
		const begun = await beginSession(tx, context, account, body.device);
		await tx.audit({
			action: 'auth.logged_in',
			actor_id: account.id,
			resource: {type: 'device', id: begun.device.id},
			request: auditRequest(request),
		});
		return begun;
	});
}

const wrong = () =>
	new PublicError('UNAUTHENTICATED', 'This e-mail and password do not belong together. Check both and try again.');
