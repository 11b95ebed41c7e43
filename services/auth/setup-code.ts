import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import {chmod, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {PublicError} from '@hearth/host/errors.js';
import {dataFolder, secretKey} from '@hearth/host/platform-settings.js';
import type {Context, Transaction} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';
import type {Sql} from '@hearth/ports/database.js';
import {adminExists} from './account.js';
import type {Asking} from './asking.js';
import {deriveKey} from './secrets.js';

// A stranger may find the door before the family does, so the first admin shows a code that only the machine's owner can read.

const fileIn = (settings: Settings) => path.join(settings.get(dataFolder), 'setup-code');

/** At start: while no admin exists the code is printed and kept in a file; once one does, the file goes. */
export async function announceSetupCode(context: Context): Promise<void> {
	const {db, settings, log} = context;
	if (await adminExists(db)) {
		await removeFile(context);
		return;
	}
	await db.run('insert into auth.setup (nonce) values ($1) on conflict do nothing', [randomBytes(16)]);
	const code = await findSetupCode(db, settings);
	if (code === null) return; // an admin was made in this moment
	const file = fileIn(settings);
	log.warn(`There is no admin yet. The setup code for the first account is ${code}`);
	try {
		const draft = `${file}.${process.pid}.new`;
		await writeFile(draft, `${code}\n`, {mode: 0o600});
		await chmod(draft, 0o600);
		await rename(draft, file);
	} catch (error) {
		// Printed above, so a folder that takes no files locks nobody out.
		log.warn({err: error, file}, 'the setup code could not be kept in a file');
	}
}

/** Called by whoever makes an admin: from its commit on the code opens nothing, and its file goes. */
export async function closeSetup(tx: Transaction, context: Context): Promise<void> {
	await tx.run('delete from auth.setup');
	tx.afterCommit(() => removeFile(context));
}

async function removeFile({settings, log}: Context): Promise<void> {
	const file = fileIn(settings);
	await rm(file, {force: true}).catch((error: unknown) => {
		// Nothing depends on it: the code in it opens nothing any more.
		log.warn({err: error, file}, 'the used setup code could not be removed from the data folder');
	});
}

// Crockford's base 32: no I, L, O and U to take for something else.
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * 80 bits, the same in every process: made of the house's secret and a nonce of this installation, so that nothing secret lies in the
 * database. Null once an admin exists.
 */
async function findSetupCode(sql: Sql, settings: Settings): Promise<string | null> {
	const setup = await sql.find<{nonce: Buffer}>('select nonce from auth.setup');
	if (setup === null) return null;
	const bytes = createHmac('sha256', deriveKey(settings.get(secretKey), 'setup code'))
		.update(setup.nonce)
		.digest();
	const letters = [...bytes.subarray(0, 16)].map(byte => LETTERS[byte % LETTERS.length]).join('');
	return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** As a person copies it from a terminal: any case, with or without the dashes. */
const plain = (code: string) => code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');

// Of one address a minute; by 80 bits nobody guesses anyway.
const WRONG_CODES_PER_MINUTE = 10;

/** Refuses whoever may not make the first account. Throws FORBIDDEN, or RATE_LIMITED after many wrong codes. */
export async function checkSetupCode(
	sql: Sql,
	{cache, settings}: Context,
	request: Asking,
	given: string | undefined,
): Promise<void> {
	if (request.local) return;
	if (given === undefined) {
		throw new PublicError(
			'FORBIDDEN',
			'The first account needs the setup code: Hearth printed it when it started and keeps it in the file setup-code of its data folder.',
			{details: {needs: 'setup_code'}},
		);
	}
	const code = await findSetupCode(sql, settings);
	if (code !== null && isSame(plain(given), plain(code))) return;
	const rate = await cache.consume(`auth:setup-code:${request.ip}`, WRONG_CODES_PER_MINUTE, 60_000);
	if (!rate.allowed) {
		const seconds = Math.max(1, Math.ceil(rate.reset_ms / 1000));
		throw new PublicError('RATE_LIMITED', `Too many wrong setup codes. Try again in ${seconds} seconds.`, {
			details: {retry_after_s: seconds},
		});
	}
	throw new PublicError(
		'FORBIDDEN',
		'This is not the setup code. Copy it from the file setup-code of the data folder.',
		{
			details: {needs: 'setup_code'},
		},
	);
}

/** In constant time; of equal length, which `timingSafeEqual` wants, whatever was given. */
function isSame(given: string, code: string): boolean {
	const [a, b] = [given, code].map(text => createHmac('sha256', 'setup code').update(text).digest());
	return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
