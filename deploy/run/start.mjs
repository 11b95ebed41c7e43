import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {root, Stop} from './say.mjs';

/**
 * Goes on as `hearth …` in this very process: a parent that only waited would cost 40 MB, and could be killed without its child.
 * Between npm and us there is no shell either: the scripts of package.json begin with `exec`, else npm would stop only the shell.
 */
export async function becomeHost(args) {
	const hearth = join(root, 'libs/host/hearth.js');
	process.chdir(root);
	process.argv = [process.execPath, hearth, ...args];
	await import(pathToFileURL(hearth).href);
}

/** `npm run bench -- start` runs bench/start.ts. */
export async function bench([name, ...args]) {
	if (name === undefined || !/^[a-z][a-z-]*$/.test(name))
		throw new Stop('Say which: npm run bench -- start, http, stack, sync, dialects, simulation or faults');
	const child = spawn(process.execPath, [join(root, 'bench', `${name}.js`), ...args], {cwd: root, stdio: 'inherit'});
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
	const [code] = await once(child, 'exit');
	process.exitCode = code ?? 1;
}
