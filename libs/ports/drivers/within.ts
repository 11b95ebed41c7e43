export const LATE = Symbol('late');

/** The answer, or `LATE` when it takes longer than `limit_ms`. What comes later is nobody's, its failure too. */
export async function within<T>(limit_ms: number, answer: Promise<T>): Promise<T | typeof LATE> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<typeof LATE>(resolve => {
		// What has arrived while this process was busy is read first.
		timer = setTimeout(() => setImmediate(resolve, LATE), limit_ms);
	});
	try {
		return await Promise.race([answer, late]);
	} finally {
		clearTimeout(timer);
	}
}
