import {createHash} from 'node:crypto';
import {PublicError} from '../errors.js';
import type {Db} from '../plugin.js';

const KEY = /^[\x21-\x7e]{1,200}$/;
// A request in work for longer than this died with its process; its key is free again.
const IN_WORK_S = 120;

interface Stored {
	body_hash: string;
	status: number | null;
	answer: unknown;
}

/**
 * Runs `work` once for a user, path and key within 24 hours: the same body again gets the stored answer, another body or one that
 * is still in work CONFLICT. A failure frees the key.
 */
export async function once<Answer extends {status: number}>(
	db: Db,
	{userId, route, key, body}: {userId: string; route: string; key: string; body: unknown},
	work: () => Promise<Answer>,
): Promise<Answer> {
	if (!KEY.test(key)) {
		throw new PublicError('VALIDATION_ERROR', 'Idempotency-Key is 1–200 visible ASCII characters, such as a UUID.');
	}
	const hash = createHash('sha256')
		.update(JSON.stringify(body) ?? '')
		.digest('hex');
	const at = [userId, route, key] as const;
	const stored = await db.as(userId, async tx => {
		await tx.run(
			`delete from platform.idempotency where user_id = $1 and (created_at < now() - interval '24 hours'
				or status is null and created_at < now() - interval '${IN_WORK_S} seconds')`,
			[userId],
		);
		const fresh = await tx.run(
			`insert into platform.idempotency (user_id, route, key, body_hash) values ($1, $2, $3, $4)
			on conflict (user_id, route, key) do nothing`,
			[...at, hash],
		);
		if (fresh === 1) return null;
		return tx.one<Stored>(
			`select body_hash, status, answer from platform.idempotency where user_id = $1 and route = $2 and key = $3`,
			[...at],
		);
	});
	if (stored !== null) return repeated<Answer>(stored, hash);
	const finish = (sql: string, values: readonly unknown[]) => db.as(userId, tx => tx.run(sql, values));
	try {
		const answer = await work();
		await finish(
			`update platform.idempotency set status = $4, answer = $5 where user_id = $1 and route = $2 and key = $3`,
			[...at, answer.status, JSON.stringify(answer)],
		);
		return answer;
	} catch (error) {
		await finish(`delete from platform.idempotency where user_id = $1 and route = $2 and key = $3`, at);
		throw error;
	}
}

function repeated<Answer>({body_hash, status, answer}: Stored, hash: string): Answer {
	if (body_hash !== hash) {
		throw new PublicError(
			'CONFLICT',
			'This Idempotency-Key was used with another body. Take a new key for a new request.',
		);
	}
	if (status === null)
		throw new PublicError(
			'CONFLICT',
			'The first request with this Idempotency-Key is still in work. Try again shortly.',
		);
	return answer as Answer;
}
