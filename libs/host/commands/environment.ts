import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {StartupError} from '@hearth/ports/startup-error.js';
import type {Environment} from './shell.js';

/**
 * The process's environment, with what it lacks filled in from `.env` beside package.json, then from `.env` of the data folder
 * (which the first may name). What is set already is never replaced. Throws `StartupError` for a file that cannot be read.
 */
export function loadEnvironment(root: URL): Environment {
	load(fileURLToPath(new URL('.env', root)));
	load(path.resolve(process.env.HEARTH_DATA || './data', '.env'));
	return process.env;
}

function load(file: string): void {
	if (!existsSync(file)) return;
	try {
		process.loadEnvFile(file);
	} catch (error) {
		const {code, message} = error as NodeJS.ErrnoException;
		throw new StartupError(
			`${file} cannot be read (${code ?? message}). Make it readable for this account, or remove it.`,
			{
				cause: error,
			},
		);
	}
}

/** For looking at settings without starting: the key that the first start would make is stood in for, and not made. */
export function withKeyToCome(environment: Environment): Environment {
	if (environment.HEARTH_SECRET_KEY || environment.HEARTH_SECRET_KEY_FILE) return environment;
	return {...environment, HEARTH_SECRET_KEY: '0'.repeat(64)};
}
