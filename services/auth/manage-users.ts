import {notFound, PublicError} from '@hearth/host/errors.js';
import {cursorPage, pageQuery, pageReply} from '@hearth/host/pages.js';
import {type Context, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {type Account, lockAccount, lockAdmins, user} from './account.js';
import {auditRequest} from './audit-request.js';
import {withdrawInvites} from './invites.js';
import {endAccessTokens} from './revocations.js';
import {endAllSessions} from './sessions.js';

const managed = user.extend({
	disabled_at: z.date().nullable(),
	/** The last sign-in or refresh of any device. */
	last_seen_at: z.date().nullable(),
});
type Managed = z.output<typeof managed>;

const SELECT = `select id, email, name, role, email_verified, household_id, household_role, time_zone, created_at, disabled_at,
	(select max(last_seen_at) from auth.devices where user_id = users.id) as last_seen_at from auth.users`;

export const listUsers = route('GET', '/api/v1/admin/users', {
	summary: 'Everybody with an account here, the newest first',
	role: 'admin',
	query: pageQuery,
	data: z.array(managed),
	handle: async ({query}, {db}) => {
		const {limit, after} = cursorPage(query, z.uuid());
		const rows = await db.many<Managed>(`${SELECT} where $1::uuid is null or id < $1 order by id desc limit $2`, [
			after,
			limit + 1,
		]);
		return pageReply(rows, limit, ({id}) => id);
	},
});

/** An admin gives somebody a role, or disables their account: its sessions end at once. */
export const changeUser = route('PUT', '/api/v1/admin/users/:id', {
	summary: 'Change the role of an account, or disable it',
	role: 'admin',
	params: z.object({id: z.uuid().toLowerCase()}),
	body: z
		.strictObject({role: z.enum(['member', 'moderator', 'admin']).optional(), disabled: z.boolean().optional()})
		.refine(({role, disabled}) => role !== undefined || disabled !== undefined, 'say role, disabled or both'),
	data: managed,
	handle: ({params, body, user, request}, context) =>
		context.db.transaction(async tx => {
			await lockAdmins(tx);
			const account = await lockAccount(tx, params.id);
			if (account === null) throw notFound('account');
			const after = {
				role: body.role ?? account.role,
				disabled: body.disabled ?? account.disabled_at !== null,
			};
			await applyRole(tx, context, account, after);
			await tx.audit({
				action: 'user.changed_by_admin',
				actor_id: user.id,
				user_id: account.id,
				detail: {before: {role: account.role, disabled: account.disabled_at !== null}, after},
				request: auditRequest(request),
			});
			return tx.one<Managed>(`${SELECT} where id = $1`, [account.id]);
		}),
});

/**
 * Sets role and whether the account is disabled, and ends what spoke for the former. Who calls holds `lockAdmins` and the account.
 * Throws CONFLICT where no admin would be left.
 */
export async function applyRole(
	tx: Transaction,
	context: Context,
	account: Account,
	{role, disabled}: {role: User['role']; disabled: boolean},
): Promise<void> {
	const wasDisabled = account.disabled_at !== null;
	if (role === account.role && disabled === wasDisabled) return;
	const wasActiveAdmin = account.role === 'admin' && !wasDisabled;
	if (wasActiveAdmin && (role !== 'admin' || disabled)) await mustLeaveAnAdmin(tx, account.id);
	const at = new Date(context.now());
	await tx.run('update auth.users set role = $2, disabled_at = $3, updated_at = $4 where id = $1', [
		account.id,
		role,
		disabled ? (account.disabled_at ?? at) : null,
		at,
	]);
	if (disabled) await endAllSessions(tx, context, account.id);
	if (disabled || role !== 'admin') await withdrawInvites(tx, account.id);
	await endAccessTokens(tx, context, account);
}

async function mustLeaveAnAdmin(tx: Transaction, id: string): Promise<void> {
	const {others} = await tx.one<{others: number}>(
		`select count(*)::int as others from auth.users where role = 'admin' and disabled_at is null and id <> $1`,
		[id],
	);
	if (others > 0) return;
	throw new PublicError('CONFLICT', 'This is the only admin. Make somebody else admin first.');
}
