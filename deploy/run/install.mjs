import {accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {hashOf, manifest, packageFolders} from './packages.mjs';
import {quiet} from './quiet.mjs';
import {root, Stop, say} from './say.mjs';

// Inside node_modules, so that who deletes that folder deletes the claim that it is complete.
const stamp = join(root, 'node_modules/.hearth-installed');

/** What the installed packages depend on: every manifest, the lockfile, and for whom native builds were chosen. */
export const installHash = () =>
	hashOf(
		[
			'package.json',
			'pnpm-lock.yaml',
			'pnpm-workspace.yaml',
			...packageFolders().map(folder => `${folder}/package.json`),
		],
		process.platform,
		process.arch,
		process.versions.modules,
	);

/** With `check`: whether nothing is to be done. Otherwise does it. */
export async function install({check}) {
	const current = existsSync(stamp) && readFileSync(stamp, 'utf8') === installHash();
	if (check || current) return current;
	say('Installing what Hearth needs (the first time this takes a minute or two) …');
	const started = Date.now();
	rmSync(stamp, {force: true});
	const env = await environment();
	let done = await pnpm(['install', '--frozen-lockfile'], env);
	if (done.code !== 0 && done.output.includes('ERR_PNPM_OUTDATED_LOCKFILE')) {
		say('A package was added or changed; bringing pnpm-lock.yaml up to date …');
		done = await pnpm(['install', '--no-frozen-lockfile', '--prefer-offline'], env);
	}
	if (done.code !== 0) throw new Stop(`${done.output.trimEnd()}\n\n${await whyNot(done.output, env)}`);
	writeFileSync(stamp, installHash());
	say(`Installed in ${seconds(started)}.`);
	return true;
}

export const seconds = since => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** The version of pnpm that package.json names, fetched by npm from wherever npm is set to fetch. */
function pnpm(args, env) {
	const {packageManager} = manifest('.');
	// Never asks before it makes node_modules anew: nobody may be there to answer.
	const options = ['--config.confirmModulesPurge=false', '--reporter=append-only'];
	return npm(
		['exec', '--yes', '--prefer-offline', `--package=${packageManager}`, '--', 'pnpm', ...args, ...options],
		env,
	);
}

async function npm(args, env) {
	try {
		return await quiet('npm', args, {env});
	} catch (error) {
		if (error.code !== 'ENOENT') throw error;
		throw new Stop(
			'Hearth is installed by npm, and there is no npm on the PATH. It comes with Node.js: https://nodejs.org',
		);
	}
}

/** npm and pnpm keep what they fetch in the home folder or npm's cache; where these cannot be written, below the checkout. */
async function environment() {
	const env = {...process.env};
	const home = env.HOME || homeOfUser();
	if (!writable(home)) {
		say(
			`The home folder ${home || '(none is set)'} cannot be written; what is fetched is kept in ${join(root, '.cache/home')}.`,
		);
		env.HOME = join(root, '.cache/home');
		for (const name of ['XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'PNPM_HOME'])
			delete env[name];
		// The registry may be set in the file of that home, which can still be read.
		if (!env.npm_config_userconfig && home) env.npm_config_userconfig = join(home, '.npmrc');
		env.npm_config_cache = join(env.HOME, '.npm');
		mkdirSync(env.HOME, {recursive: true});
		return env;
	}
	const cache = (await npm(['config', 'get', 'cache', '--loglevel=error'], env)).output.trim();
	if (!writable(cache)) {
		env.npm_config_cache = join(root, '.cache/npm');
		say(`npm's cache ${cache} cannot be written; using ${env.npm_config_cache} in its place.`);
	}
	return env;
}

function homeOfUser() {
	try {
		return homedir();
	} catch {
		return ''; // a user id without an entry in /etc/passwd, as containers have them
	}
}

/** Whether files can be made in the folder or, where it is not there yet, in what will hold it. */
function writable(folder) {
	if (folder === '') return false;
	if (!existsSync(folder) && dirname(folder) !== folder) return writable(dirname(folder));
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

async function whyNot(output, env) {
	if (/ENOSPC/.test(output))
		return 'The packages were not installed: the disk is full. Free some space and start again.';
	if (
		/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network|FETCH_ERROR|META_FETCH_FAIL/i.test(
			output,
		)
	) {
		const registry = (await npm(['config', 'get', 'registry', '--loglevel=error'], env)).output.trim();
		return `The packages were not installed: ${registry} did not answer. Only the first start needs the network; see that this machine is online (or set another registry with "npm config set registry") and start again.`;
	}
	return 'The packages were not installed; the lines above say why. Once that is mended, start again.';
}
