/** What is known of a program; `programs.json` lists them. */
export interface Program {
	use: string;
	/** A regular expression that finds the version in what the program prints of itself. */
	version: string;
	unavailable?: string;
}
export const programs: Record<string, Program>;
export function cacheFolder(): string;
export function whereIs(name: string): string | null;
