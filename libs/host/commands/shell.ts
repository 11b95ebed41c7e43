import type {Command} from 'commander';
import type {Discovered} from '../discover.js';

export type Environment = Record<string, string | undefined>;

/** What every command of `hearth` starts from. */
export interface Shell {
	/** The folder of the house. */
	root: URL;
	/** The process's environment with `.env` read into it. */
	environment: Environment;
	discovered: Discovered;
	/** To standard output: what was asked for. */
	print(line: string): void;
	/** To standard error: what goes on meanwhile, so that the output can be piped. */
	say(line: string): void;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, shell: Shell) => void;
