/** Lines told of one by one; a list of millions has thousands that are amiss. */
const MAX_TOLD = 50;
const PROGRESS_MS = 2000;

export const say = (count: number): string => count.toLocaleString('en');

/** What the person at the machine reads while an import runs. */
export class Progress {
	readonly #print: (line: string) => void;
	#told = 0;
	#shownAt = performance.now();

	constructor(print: (line: string) => void) {
		this.#print = print;
	}

	say(line: string): void {
		this.#print(line);
	}

	/** That a line of the file, or of a table in it, is amiss. */
	tell(line: number, problem: string, table = ''): void {
		this.#told += 1;
		if (this.#told <= MAX_TOLD) this.#print(`${table === '' ? '' : `${table} `}line ${line}: ${problem}`);
	}

	/** Every other second. */
	show(line: () => string): void {
		if (performance.now() - this.#shownAt < PROGRESS_MS) return;
		this.#shownAt = performance.now();
		this.#print(line());
	}

	end(): void {
		if (this.#told > MAX_TOLD) this.#print(`… and ${say(this.#told - MAX_TOLD)} more such lines.`);
	}
}

/** Rows a second since it was made. */
export function rateOf(): (rows: number) => string {
	const started = performance.now();
	return rows => `${say(Math.round((1000 * rows) / (performance.now() - started)))} rows/s`;
}
