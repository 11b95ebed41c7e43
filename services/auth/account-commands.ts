import {notFound, PublicError} from '@hearth/host/errors.js';
import {busUrl} from '@hearth/host/platform-settings.js';
import type {Command, Context, Transaction} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {type Account, findByEmail, lockAccount, lockAdmins} from './account.js';
import {email, newPassword, personName} from './account-fields.js';
import {createAccount} from './create-account.js';
import {applyRole} from './manage-users.js';
import {hashPassword, refuseCommon} from './passwords.js';
import {endAllSessions} from './sessions.js';
import {closeSetup} from './setup-code.js';

// For the person at the machine, who needs no account: the way in where nobody has one, or the admin forgot the password.

const role = z.enum(['member', 'moderator', 'admin'], {error: 'must be member, moderator or admin'});

export const addUser: Command = {
	name: 'user add',
	summary: 'Make an account; asks for its password',
	arguments: [{name: 'email', summary: 'The e-mail address to sign in with'}],
	options: [
		{name: 'name', value: 'name', summary: 'The name others see; else what stands before the @'},
		{name: 'role', value: 'role', summary: 'member (unless said otherwise), moderator or admin'},
		{name: 'household-of', value: 'email', summary: "Join this person's household instead of making a new one"},
	],
	run: async (given, context, terminal) => {
		const address = read(email, given.arguments[0], 'The e-mail address');
		const name = given.options.name === undefined ? undefined : read(personName, given.options.name, '--name');
		const newRole = read(role, given.options.role ?? 'member', '--role');
		const host = given.options['household-of'];
		const household_id =
			host === undefined ? undefined : (await getByEmail(context, read(email, host, '--household-of'))).household_id;
		if ((await findByEmail(context.db, address)) !== null) {
			throw new PublicError(
				'CONFLICT',
				`${address} has an account already. Use \`hearth user reset-password\` or \`promote\`.`,
			);
		}
		const password_hash = await askPassword(terminal, address);
		await context.db.transaction(async tx => {
			if (newRole === 'admin') await lockAdmins(tx);
			const account = await createAccount(tx, context, {
				email: address,
				email_verified: true,
				name,
				password_hash,
				role: newRole,
				...(household_id === undefined ? {} : {household_id}),
			});
			if (newRole === 'admin') await closeSetup(tx, context);
			await auditHouse(tx, 'user.added', account, {role: newRole});
		});
		terminal.print(`${address} has an account now, as ${newRole}.`);
	},
};

export const resetPassword: Command = {
	name: 'user reset-password',
	summary: 'Set a new password for an account and end all its sessions',
	arguments: [{name: 'email', summary: 'The e-mail address of the account'}],
	run: async (given, context, terminal) => {
		const {id, email: address} = await getByEmail(context, read(email, given.arguments[0], 'The e-mail address'));
		const password_hash = await askPassword(terminal, address);
		await context.db.transaction(async tx => {
			const account = await lockExisting(tx, id);
			await tx.run('update auth.users set password_hash = $2, updated_at = $3 where id = $1', [
				id,
				password_hash,
				new Date(context.now()),
			]);
			await endAllSessions(tx, context, id);
			await auditHouse(tx, 'user.password_reset', account, {});
		});
		terminal.print(`${address} has a new password. Everybody signed in as them has to sign in again.`);
		sayWhen(context, terminal);
	},
};

export const promoteUser: Command = {
	name: 'user promote',
	summary: 'Make an account admin, or what --role says; enables it where it was disabled',
	arguments: [{name: 'email', summary: 'The e-mail address of the account'}],
	options: [{name: 'role', value: 'role', summary: 'admin (unless said otherwise), moderator or member'}],
	run: async (given, context, terminal) => {
		const newRole = read(role, given.options.role ?? 'admin', '--role');
		const {id, email: address} = await getByEmail(context, read(email, given.arguments[0], 'The e-mail address'));
		await context.db.transaction(async tx => {
			await lockAdmins(tx);
			const account = await lockExisting(tx, id);
			await applyRole(tx, context, account, {role: newRole, disabled: false});
			if (newRole === 'admin') await closeSetup(tx, context);
			await auditHouse(tx, 'user.promoted', account, {before: account.role, after: newRole});
		});
		terminal.print(`${address} is ${newRole} now.`);
		sayWhen(context, terminal);
	},
};

type Terminal = Parameters<Command['run']>[2];

/** Only a real bus reaches the house that runs beside this command; without one its open tokens have to run out. */
function sayWhen({settings}: Context, terminal: Terminal): void {
	if (settings.get(busUrl) !== undefined) return;
	terminal.print(
		'A Hearth that is running takes tokens it gave out before for up to 15 minutes; restart it to end them now.',
	);
}

function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new PublicError('VALIDATION_ERROR', `${what} ${parsed.error.issues.map(({message}) => message).join('; ')}.`);
}

async function getByEmail({db}: Context, address: string): Promise<Account> {
	const account = await findByEmail(db, address);
	if (account === null) throw new PublicError('NOT_FOUND', `${address} has no account here.`);
	return account;
}

async function lockExisting(tx: Transaction, id: string): Promise<Account> {
	const account = await lockAccount(tx, id);
	if (account === null) throw notFound('account');
	return account;
}

/** Asked, never an argument: those stand in the shell's history and in the list of processes. */
async function askPassword(terminal: Terminal, address: string): Promise<string> {
	const password = read(newPassword, await terminal.secret('New password: '), 'The password');
	await refuseCommon(password, address);
	if ((await terminal.secret('The same again: ')).normalize('NFKC') !== password) {
		throw new PublicError('VALIDATION_ERROR', 'The two passwords differ. Nothing was changed.');
	}
	return hashPassword(password);
}

const auditHouse = (tx: Transaction, action: string, {id}: Account, detail: Record<string, unknown>) =>
	tx.audit({action, actor_id: null, user_id: id, detail: {...detail, by: 'command line'}});
