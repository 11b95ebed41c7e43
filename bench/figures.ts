/** The middle of the values; of an even number the upper of the two. Throws where there are none. */
export function median(values: readonly number[]): number {
	const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
	if (middle === undefined) throw new Error('There is nothing to take the median of');
	return middle;
}

/** The value below which such a part of them lies; NaN where there are none. */
export const quantile = (values: readonly number[], part: number): number =>
	[...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;

export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Prints rows in columns: the first to the left, the others to the right. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
	const width = (at: number) => Math.max(...rows.map(row => row[at]?.length ?? 0));
	console.log(`\n${title}`);
	for (const row of rows) {
		const cells = row.map((cell, at) => (at === 0 ? cell.padEnd(width(at)) : cell.padStart(width(at))));
		console.log(`  ${cells.join('  ')}`);
	}
}
