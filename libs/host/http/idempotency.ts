import {createHash, randomUUID} from 'node:crypto';
import {PublicError} from '../errors.js';
import type {Db, Transaction} from '../plugin.js';

const KEY = /^[\x21-\x7e]{1,200}$/;
// A living request renews its hold, however long it works; the key of one that was killed is free after this.
const HELD_MS = 6000;
const RENEW_MS = 2000;

/** An answer that can be stored and given again. */
export interface StoredAnswer {
	data: unknown;
	status: number;
	headers: Record<string, string>;
	meta?: Record<string, unknown>;
}

interface Stored {
	body_hash: string;
	status: number | null;
	answer: StoredAnswer;
	committed: boolean;
}

/**
 * Runs `work` once for a user, path and key within 24 hours: the same body again gets the stored answer, another body or one that
 * is still in work CONFLICT. A failure frees the key.
 *
 * A process may be killed, or the database go away, between the work's commit and the storing of its answer. So each transaction on the
 * `db` that `work` is given also notes that it wrote something, with the answer where `answerOf` can tell it from the transaction's
 * result; and none commits once another request holds the key. Only what is written outside a transaction may be done again.
 */
export async function once(
	db: Db,
	{userId, route, key, body}: {userId: string; route: string; key: string; body: unknown},
	answerOf: (result: unknown) => StoredAnswer | null,
	work: (db: Db) => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
	if (!KEY.test(key)) {
		throw new PublicError('VALIDATION_ERROR', 'Idempotency-Key is 1–200 visible ASCII characters, such as a UUID.');
	}
	const hash = createHash('sha256')
		.update(JSON.stringify(body) ?? '')
		.digest('hex');
	const mine: Hold = {userId, route, key, holder: randomUUID()};
	const stored = await claim(db, mine, hash);
	if (stored !== null) return repeated(stored, hash);
	// One that cannot be renewed is lost, and then nothing is committed.
	const renewal = setInterval(() => void db.as(userId, tx => renew(tx, mine)).catch(() => {}), RENEW_MS);
	let committed: string | null = null;
	const noting =
		<T>(work: (tx: Transaction) => Promise<T>) =>
		async (tx: Transaction) => {
			const result = await work(tx);
			const answer = answerOf(result);
			const text = answer === null ? null : JSON.stringify(answer);
			await note(tx, mine, answer?.status ?? null, text);
			tx.afterCommit(() => {
				committed = text;
			});
			return result;
		};
	try {
		const answer = await work({
			...db,
			transaction: run => db.transaction(noting(run)),
			as: (user, run) => db.as(user, noting(run)),
		});
		const text = JSON.stringify(answer);
		if (text !== committed) await db.as(userId, tx => store(tx, mine, answer.status, text));
		return answer;
	} catch (error) {
		// The handler's own refusal is the outcome. What broke off may have been committed all the same; its row knows.
		const refused = error instanceof PublicError && error.code !== 'UNAVAILABLE';
		// Where the key cannot be freed now it is in a few seconds; the error that led here says more.
		await db.as(userId, tx => free(tx, mine, refused)).catch(() => {});
		throw error;
	} finally {
		clearInterval(renewal);
	}
}

/** A request at work on a key. */
interface Hold {
	userId: string;
	route: string;
	key: string;
	holder: string;
}

const OWN = 'user_id = $1 and route = $2 and key = $3 and holder = $4';
const own = ({userId, route, key, holder}: Hold) => [userId, route, key, holder];

/** Null where the key is ours now: it is new, or whoever held it is gone and has committed nothing. */
function claim(db: Db, hold: Hold, hash: string): Promise<Stored | null> {
	const {userId, route, key} = hold;
	return db.as(userId, async tx => {
		await tx.run(`delete from platform.idempotency where user_id = $1 and created_at < now() - interval '24 hours'`, [
			userId,
		]);
		const claimed = await tx.run(
			`insert into platform.idempotency (user_id, route, key, holder, body_hash, held_until)
			values ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')
			on conflict (user_id, route, key) do update
			set holder = excluded.holder, body_hash = excluded.body_hash, held_until = excluded.held_until
			where idempotency.status is null and not idempotency.committed and idempotency.held_until < now()`,
			[...own(hold), hash, HELD_MS],
		);
		if (claimed === 1) return null;
		return tx.one<Stored>(
			'select body_hash, status, answer, committed from platform.idempotency where user_id = $1 and route = $2 and key = $3',
			[userId, route, key],
		);
	});
}

const renew = (tx: Transaction, hold: Hold) =>
	tx.run(`update platform.idempotency set held_until = now() + $5 * interval '1 millisecond' where ${OWN}`, [
		...own(hold),
		HELD_MS,
	]);

/** Commits with the work, or keeps it from being committed. A transaction that wrote nothing says nothing. */
async function note(tx: Transaction, hold: Hold, status: number | null, answer: string | null): Promise<void> {
	const {wrote} = await tx.one<{wrote: boolean}>(
		`select pg_current_xact_id_if_assigned() is not null as wrote, set_config('hearth.user_id', $1, true)`,
		[hold.userId],
	);
	if (wrote && (await store(tx, hold, status, answer)) === 0) throw inWork();
}

const store = (tx: Transaction, hold: Hold, status: number | null, answer: string | null) =>
	tx.run(`update platform.idempotency set committed = true, status = $5, answer = $6 where ${OWN}`, [
		...own(hold),
		status,
		answer,
	]);

const free = (tx: Transaction, hold: Hold, refused: boolean) =>
	tx.run(`delete from platform.idempotency where ${OWN} and ($5 or not committed)`, [...own(hold), refused]);

function repeated({body_hash, status, answer, committed}: Stored, hash: string): StoredAnswer {
	if (body_hash !== hash) {
		throw new PublicError(
			'CONFLICT',
			'This Idempotency-Key was used with another body. Take a new key for a new request.',
		);
	}
	if (status !== null) return answer;
	if (!committed) throw inWork();
	throw new PublicError(
		'CONFLICT',
		'The first request with this Idempotency-Key did its work, but its answer was lost. Look at what is there before you send more.',
	);
}

const inWork = () =>
	new PublicError('CONFLICT', 'The first request with this Idempotency-Key is still in work. Try again shortly.');
