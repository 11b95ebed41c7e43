import {RateLimiterMemory, RateLimiterRedis, RateLimiterRes} from 'rate-limiter-flexible';
import type {RateLimit} from '../cache.js';

// Of setTimeout, by which the limiter in memory forgets a counter.
const LONGEST_MS = 2 ** 31 - 1;

/** The number, if it is whole milliseconds that every driver can wait; throws `RangeError` for others. */
export function wholeMilliseconds(given: number): number {
	if (!Number.isInteger(given) || given < 1 || given > LONGEST_MS) {
		throw new RangeError(`Expected a whole number of milliseconds from 1 to ${LONGEST_MS}, got ${given}`);
	}
	return given;
}

/** One limiter for each pair of limit and window; the keys are the caller's. */
function eachKind<Limiter>(make: (limit: number, window_ms: number) => Limiter) {
	const made = new Map<string, Limiter>();
	return (limit: number, window_ms: number): Limiter => {
		const kind = `${limit}/${window_ms}`;
		const known = made.get(kind) ?? make(limit, window_ms);
		made.set(kind, known);
		return known;
	};
}

export const memoryLimiters = () =>
	eachKind((limit, window_ms) => new RateLimiterMemory({points: limit, duration: window_ms / 1000, keyPrefix: ''}));

// The library's own script, in milliseconds: it counts in whole seconds, so it is told the milliseconds as if they were seconds.
const COUNT_IN_MILLISECONDS = `
redis.call('set', KEYS[1], 0, 'PX', ARGV[2], 'NX')
local consumed = redis.call('incrby', KEYS[1], ARGV[1])
local ttl = redis.call('pttl', KEYS[1])
if ttl < 0 then
	redis.call('pexpire', KEYS[1], ARGV[2])
	ttl = tonumber(ARGV[2])
end
return {consumed, ttl}`;

/** Counters on a Redis that all processes share. `client` is a connected client of the `redis` package. */
export const redisLimiters = (client: object, keyPrefix: string) =>
	eachKind(
		(limit, window_ms) =>
			new RateLimiterRedis({
				storeClient: client,
				useRedisPackage: true,
				customIncrTtlLuaScript: COUNT_IN_MILLISECONDS,
				points: limit,
				duration: window_ms,
				keyPrefix,
				// Who is past the limit is refused here until the window ends: a flood costs the server nothing more.
				inMemoryBlockOnConsumed: limit + 1,
			}),
	);

/** Counts one under the key; throws what the counter's store throws. */
export async function count(
	limiter: RateLimiterMemory | RateLimiterRedis,
	key: string,
	limit: number,
): Promise<RateLimit> {
	const answer = (allowed: boolean, {remainingPoints, msBeforeNext}: RateLimiterRes): RateLimit => ({
		allowed,
		limit,
		remaining: remainingPoints,
		reset_ms: msBeforeNext,
	});
	try {
		return answer(true, await limiter.consume(key));
	} catch (refusal) {
		if (refusal instanceof RateLimiterRes) return answer(false, refusal);
		throw refusal;
	}
}
