import {mkdtempSync, renameSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {programs} from '../where.mjs';
import {run} from './run.mjs';

// Programs in Rust are crates that are built with the Cargo.lock that they were published with: it holds what each file must hash to.

export const inputs = () => [];

export const pin = name => programs[name].pin;

export async function compile(name, target) {
	const {crate, pin, features} = programs[name];
	const root = mkdtempSync(join(dirname(target), `.${name}-cargo-`));
	try {
		const built = await run(
			'cargo',
			['install', crate, `--version==${pin}`, '--locked', '--no-track', '--no-default-features'].concat([
				`--features=${features.join(',')}`,
				`--root=${root}`,
			]),
			{env: environment(root)},
		);
		if (built.code === 0) renameSync(join(root, 'bin', name), target);
		return built;
	} finally {
		rmSync(root, {recursive: true, force: true});
	}
}

/** Quick to build before quick to run: with all of its optimisation the build takes several times as long. */
function environment(root) {
	return {
		...process.env,
		CARGO_TARGET_DIR: join(root, 'target'),
		CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
		CARGO_PROFILE_RELEASE_LTO: 'off',
		CARGO_PROFILE_RELEASE_DEBUG: '0',
		CARGO_PROFILE_RELEASE_STRIP: 'symbols',
	};
}
