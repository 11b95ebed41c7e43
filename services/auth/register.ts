import {PublicError} from '@hearth/host/errors.js';
import {type Context, respond, route, type Transaction} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {adminExists, lockAdmins} from './account.js';
import {type Asking, fromCall} from './asking.js';
import {auditRequest} from './audit-request.js';
import {registration as body, registerWith} from './contract.js';
import {createAccount, type NewAccount} from './create-account.js';
import {getInvite, type Invite} from './invites.js';
import {hashPassword, refuseCommon} from './passwords.js';
import {beginSession, type SignedIn, signedIn} from './sessions.js';
import {authLimit, registration} from './settings.js';
import {checkSetupCode, closeSetup} from './setup-code.js';
import {signedInReply} from './web-client.js';

type Body = z.output<typeof body>;

/** Somebody makes an account: the first as the admin, then by invite, or freely where registration is open. */
export const register = route('POST', '/api/v1/auth/register', {
	summary: 'Make an account and sign in with it',
	role: 'public',
	body,
	max_body_bytes: 64 * 1024,
	data: signedIn,
	status: 201,
	limit: {per_minute: authLimit, by: 'account'},
	handle: async ({body, request}, context) => signedInReply(request, await signUp(body, request, context), 201),
});

export const answerRegister = respond(registerWith, ({given, asking}, context) =>
	signUp(given, fromCall(asking), context),
);

async function signUp(body: Body, request: Asking, context: Context): Promise<SignedIn> {
	await refuseCommon(body.password, body.email);
	// Asked before the costly hash, so that a stranger makes us work for nothing; decided again under locks below.
	await admit(context.db, context, body, request, {lock: false});
	const password_hash = await hashPassword(body.password);
	return context.db.transaction(async tx => {
		// Of two first accounts at once the second waits here, and then finds an admin.
		if (!(await adminExists(tx))) await lockAdmins(tx);
		const entry = await admit(tx, context, body, request, {lock: true});
		const account = await createAccount(tx, context, newAccount(body, password_hash, entry));
		if (entry.invite !== null) {
			await tx.run('update auth.invites set used_at = $2, used_by = $3 where id = $1', [
				entry.invite.id,
				new Date(context.now()),
				account.id,
			]);
		}
		if (entry.first) await closeSetup(tx, context);
		await tx.audit({
			action: 'auth.registered',
			actor_id: account.id,
			detail: {role: account.role, household_id: account.household_id, by_invite: entry.invite !== null},
			request: auditRequest(request),
		});
		return beginSession(tx, context, account, body.device);
	});
}

interface Entry {
	first: boolean;
	invite: Invite | null;
}

/** Decides whether this person may come in. Throws FORBIDDEN with what they need. */
async function admit(
	sql: Context['db'] | Transaction,
	context: Context,
	{email, invite, setup_code}: Body,
	request: Asking,
	{lock}: {lock: boolean},
): Promise<Entry> {
	if (!(await adminExists(sql))) {
		await checkSetupCode(sql, context, request, setup_code);
		return {first: true, invite: null};
	}
	const mode = context.settings.get(registration);
	if (mode === 'closed') {
		throw new PublicError('FORBIDDEN', 'Registration is closed on this server. Ask its admin for an account.');
	}
	if (invite !== undefined) {
		return {first: false, invite: await getInvite(sql, invite, {email, now: context.now(), lock})};
	}
	if (mode === 'invite') {
		throw new PublicError('FORBIDDEN', 'Registration here is by invite. Ask a member of the household for one.', {
			details: {needs: 'invite'},
		});
	}
	return {first: false, invite: null};
}

function newAccount({email, name, consent}: Body, password_hash: string, {first, invite}: Entry): NewAccount {
	return {
		email,
		// Without mail set up an invite is all the proof there is; the first admin owns the machine.
		email_verified: first || invite !== null,
		name,
		password_hash,
		role: first ? 'admin' : (invite?.role ?? 'member'),
		...(invite === null ? {} : {household_id: invite.household_id}),
		consent,
	};
}

/** What the sign-up page needs to know before anybody types. */
export const registrationState = route('GET', '/api/v1/auth/registration', {
	summary: 'Who may make an account here, and whether the first one needs the setup code',
	role: 'public',
	data: z.object({
		mode: z.enum(['invite', 'open', 'closed']),
		/** True until the first account, the admin's, is made. */
		first_account: z.boolean(),
		needs_setup_code: z.boolean(),
	}),
	handle: async ({request}, {db, settings}) => {
		const first_account = !(await adminExists(db));
		return {mode: settings.get(registration), first_account, needs_setup_code: first_account && !request.local};
	},
});
