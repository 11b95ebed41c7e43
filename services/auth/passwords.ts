import {randomBytes} from 'node:crypto';
import {PublicError} from '@hearth/host/errors.js';
import {spareCores} from '@hearth/host/platform-settings.js';
import {argon2id, hash, needsRehash, verify} from 'argon2';
import pLimit from 'p-limit';

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const COST = {type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1} as const;

// Each hash takes 19 MiB and a core for some 50 ms, so a storm of sign-ins waits in line instead of filling a small NAS; and libuv's
// four threads are also files and DNS.
const hashing = pLimit(Math.min(spareCores, 3));
// Waiting longer than about two seconds helps nobody; past this many the caller is told to come back.
const MAX_WAITING = 40;

function inLine<T>(work: () => Promise<T>): Promise<T> {
	if (hashing.pendingCount >= MAX_WAITING) {
		throw new PublicError('UNAVAILABLE', 'Too many people are signing in at this moment. Try again in a few seconds.', {
			details: {part: 'auth'},
		});
	}
	return hashing(work);
}

/** Argon2id in PHC form. Throws UNAVAILABLE when too many wait. */
export const hashPassword = async (password: string): Promise<string> => inLine(() => hash(password, COST));

/** Whether an earlier Hearth hashed this with other parameters. */
export const isOutdated = (digest: string): boolean => needsRehash(digest, COST);

let nobody: Promise<string> | undefined;

/**
 * Compares with the account's hash, or, where there is no account, with one that no password has, so that both take as long.
 * Throws UNAVAILABLE when too many wait.
 */
export async function isPassword(digest: string | null, password: string): Promise<boolean> {
	nobody ??= hash(randomBytes(32), COST);
	const compared = digest ?? (await nobody);
	const same = await inLine(() => verify(compared, password));
	return same && digest !== null;
}

let common: Promise<Set<string>> | undefined;

/** Throws VALIDATION_ERROR for a password that a guesser tries first: one of a list of common ones, or the e-mail address itself. */
export async function refuseCommon(password: string, email: string): Promise<void> {
	common ??= loadCommon();
	const folded = fold(password);
	const [mailbox = ''] = email.split('@');
	if ((await common).has(folded) || folded === fold(email) || folded === fold(mailbox)) {
		throw new PublicError(
			'VALIDATION_ERROR',
			'This password is one that guessers try first. Choose another, such as four words.',
			{
				details: [{path: 'password', message: 'too common'}],
			},
		);
	}
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase();

/** Loaded at the first registration: 18,000 words that no process needs before. */
async function loadCommon(): Promise<Set<string>> {
	const {dictionary} = await import('@zxcvbn-ts/language-common');
	return new Set(dictionary['passwords-common'].filter(word => word.length >= 8).map(fold));
}
