import {createHmac, randomBytes} from 'node:crypto';
import {secretKey} from '@hearth/host/platform-settings.js';
import type {Transaction} from '@hearth/host/plugin.js';
import type {Settings} from '@hearth/host/settings.js';
import {deriveKey, randomSecret, sha256} from './secrets.js';

// A refresh token has 256 random bits and is stored as its hash. Its successor is made of it, the house's secret and a random salt in
// its row: so whoever still holds the spent token can be given the same successor again (two tabs of one browser), although the
// database alone holds neither.

/** Of a token that was not refreshed; also how long a spent one is remembered, to notice it when it is used again. */
export const REFRESH_TOKEN_MS = 30 * 24 * 3_600_000;

const insertToken = (tx: Transaction, token: string, sessionId: string, at: Date) =>
	tx.run('insert into auth.refresh_tokens (hash, session_id, issued_at) values ($1, $2, $3)', [
		sha256(token),
		sessionId,
		at,
	]);

/** The first of a family. */
export async function issueToken(tx: Transaction, sessionId: string, at: Date): Promise<string> {
	const token = randomSecret(32);
	await insertToken(tx, token, sessionId, at);
	return token;
}

/** Spends a token and answers the one that follows it. */
export async function spendToken(
	tx: Transaction,
	settings: Settings,
	{token, session_id, user_agent, at}: {token: string; session_id: string; user_agent: string; at: Date},
): Promise<string> {
	const salt = randomBytes(32);
	await tx.run('update auth.refresh_tokens set spent_at = $2, successor_salt = $3, spent_by = $4 where hash = $1', [
		sha256(token),
		at,
		salt,
		sha256(user_agent),
	]);
	const successor = successorOf(token, salt, settings);
	await insertToken(tx, successor, session_id, at);
	await tx.run('delete from auth.refresh_tokens where session_id = $1 and spent_at < $2', [
		session_id,
		new Date(at.getTime() - REFRESH_TOKEN_MS),
	]);
	return successor;
}

/** The token that a spent one was exchanged for. */
export const successorOf = (token: string, salt: Buffer, settings: Settings): string =>
	createHmac('sha256', deriveKey(settings.get(secretKey), 'refresh tokens'))
		.update(salt)
		.update(token)
		.digest('base64url');
