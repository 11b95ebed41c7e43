/** What a limiter says of one more request. */
export interface RateLimit {
	allowed: boolean;
	limit: number;
	remaining: number;
	/** Milliseconds until the window ends. */
	reset_ms: number;
}

/**
 * Speed, never truth: any value may be gone at any time. A driver that has lost its server answers `null` to reads, ignores
 * writes and counts requests in its own process, against at most the same limit, within 250 ms, so that losing the cache neither
 * fails a request nor opens the house to a flood; `check` says so.
 */
export interface Cache {
	get<T = unknown>(key: string): Promise<T | null>;
	/** Stores JSON for `ttl_ms`. */
	set(key: string, value: unknown, ttl_ms: number): Promise<void>;
	/** Stores only where there is nothing; true if it did. */
	add(key: string, value: unknown, ttl_ms: number): Promise<boolean>;
	/** Takes the value away and answers it, once among all callers. */
	take<T = unknown>(key: string): Promise<T | null>;
	delete(...keys: string[]): Promise<void>;
	/** Counts one of `limit` per `window_ms` under the key. */
	consume(key: string, limit: number, window_ms: number): Promise<RateLimit>;
	/** Runs `work` while holding a lock that expires after `ttl_ms`; waits up to `wait_ms` for it, then runs it anyway. */
	lock<T>(key: string, options: {ttl_ms: number; wait_ms: number}, work: () => Promise<T>): Promise<T>;
	check(): Promise<void>;
	close(): Promise<void>;
}
