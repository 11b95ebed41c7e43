/** Waits for a condition, never for a time; fails after `limit_ms`. */
export async function until<T>(
	what: string,
	look: () => T | Promise<T>,
	limit_ms = 15_000,
): Promise<NonNullable<Exclude<T, false>>> {
	for (const deadline = Date.now() + limit_ms; ; await new Promise(resolve => setTimeout(resolve, 10))) {
		const found = await look();
		if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<T, false>>;
		if (Date.now() > deadline) throw new Error(`Waited ${limit_ms} ms in vain until ${what}`);
	}
}
