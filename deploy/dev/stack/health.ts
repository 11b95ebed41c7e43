import {execFile} from 'node:child_process';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import type {Container} from './container.js';
import {type Launch, pathOf} from './programs.js';

const run = promisify(execFile);
// As the containers' own, or shorter.
const TIMEOUT_MS = 5000;

/** Asks as the health check of the container would: by its own program where that is here, else by the request that it makes. Null where it has none. */
export function healthOf(container: Container, launch: Launch): (() => Promise<boolean>) | null {
	const {described, address, port, here} = container;
	const {healthcheck} = described;
	if (healthcheck !== undefined && 'disable' in healthcheck) return null;
	const [program, ...args] = healthcheck?.test.slice(1) ?? launch.health ?? [];
	if (program === undefined) return null;
	switch (program) {
		case 'node':
			return () => succeeds(process.execPath, args, launch.environment, launch.folder);
		case 'wget':
			return () => answers(here(args.at(-1) ?? ''));
		case 'pg_isready':
			return () =>
				succeeds(join(dirname(pathOf('postgres')), 'pg_isready'), [
					...args.filter(arg => !arg.startsWith('--host=')),
					`--host=${address}`,
					`--port=${port(5432)}`,
				]);
		case 'redis-cli':
			return () =>
				succeeds(join(dirname(pathOf('redis-server')), 'redis-cli'), [
					'-h',
					address,
					'-p',
					String(port(6379)),
					...args,
				]);
		case 'mc':
			if (args.join(' ') !== 'ready local') break;
			return () => answers(`http://${address}:${port(9000)}/minio/health/ready`);
		case 'garage':
			return () => succeeds(pathOf('garage'), args, launch.environment);
		case 'cloudflared': {
			const metrics = args[args.indexOf('--metrics') + 1] ?? '';
			return () => answers(`http://${here(metrics)}/ready`);
		}
	}
	throw new Error(`${container.service} is healthy by ${[program, ...args].join(' ')}, which the stack does not know`);
}

async function succeeds(program: string, args: string[], environment = {}, cwd = '/'): Promise<boolean> {
	try {
		await run(program, args, {cwd, env: {PATH: process.env.PATH ?? '', ...environment}, timeout: TIMEOUT_MS});
		return true;
	} catch {
		return false; // that is what a health check says with its exit code
	}
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, {signal: AbortSignal.timeout(TIMEOUT_MS)});
		await response.body?.cancel();
		return response.ok;
	} catch {
		return false; // nothing listens yet
	}
}
