import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {programs} from '../where.mjs';
import {ending, run} from './run.mjs';

/** Installs the packages of the named programs, each by itself, so that one that fails does not keep the others out. */
export async function install(names, say) {
	const reasons = new Map();
	if (names.length === 0) return reasons;
	const packages = names.map(name => programs[name].package);
	const refusal = await whyNot(packages);
	if (refusal !== null) return new Map(names.map(name => [name, refusal]));
	say(`Installing Debian's ${packages.join(', ')} …`);
	await withoutServices(async () => {
		// An old list may do; if it does not, installing says so.
		await apt(['update']);
		for (const name of names) {
			const {code, output} = await apt(['install', '--yes', '--no-install-recommends', programs[name].package]);
			if (code !== 0) reasons.set(name, `apt-get install ${programs[name].package} failed:\n${ending(output)}`);
			// Nor at the next start of the machine. Where there is no systemd there is nothing to switch off.
			else if (programs[name].service) await run('systemctl', ['disable', programs[name].service]);
		}
	});
	return reasons;
}

async function whyNot(packages) {
	if ((await run('apt-get', ['--version'])).code !== 0)
		return `Debian's package ${packages.join(' ')} has it; there is no apt-get here`;
	if (process.getuid() !== 0)
		return `only root installs packages: sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
	return null;
}

const apt = args =>
	run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
		env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'},
	});

// Only the programs are wanted: no server of Debian's that runs, no cluster of its own. What the machine's owner has put there stays.
const RULES = [
	{path: '/usr/sbin/policy-rc.d', text: '#!/bin/sh\nexit 101\n', mode: 0o755},
	{path: '/etc/postgresql-common/createcluster.d/hearth.conf', text: 'create_main_cluster = false\n', mode: 0o644},
];

async function withoutServices(work) {
	const ours = RULES.filter(({path}) => !existsSync(path));
	const remove = () => {
		for (const {path} of ours) rmSync(path, {force: true});
	};
	process.on('exit', remove);
	try {
		for (const {path, text, mode} of ours) {
			mkdirSync(dirname(path), {recursive: true});
			writeFileSync(path, text, {mode});
		}
		await work();
	} finally {
		remove();
		process.off('exit', remove);
	}
}
