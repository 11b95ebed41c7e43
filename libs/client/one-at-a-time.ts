/** Runs what it is given one after the other, in the order it was given. */
export function oneAtATime() {
	let last: Promise<unknown> = Promise.resolve();
	return <Result>(work: () => Promise<Result>): Promise<Result> => {
		const result = last.then(work);
		// Its caller hears of a failure; whoever comes next only waits.
		last = result.catch(() => {});
		return result;
	};
}
