/** What is known of a program; `programs.json` lists them. */
export interface Program {
	use: string;
	/** It is got only by its name. */
	on_request?: boolean;
	/** A regular expression that finds the version in what the program prints of itself. */
	version: string;
	/** What it calls the version that is pinned, where that is not its release's number. */
	says?: string;
	/** The version of a crate; that of a Go module is in its go.mod. */
	pin?: string;
	/** Variables that Go's linker sets, by which it knows its version. */
	stamps?: Record<string, string>;
}
export const programs: Record<string, Program>;
export function cacheFolder(): string;
export function whereIs(name: string): string | null;
