import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import auth from '@hearth/auth/plugin.js';
import {migrateAll} from '@hearth/host/platform.js';
import type {Plugin} from '@hearth/host/plugin.js';
import {freshDatabase, type TestDatabase} from '@hearth/ports/test-database.js';
import {freePort} from '@hearth/servers/free-port.js';
import type {ExecutionContext} from 'ava';
import sync from '../plugin.js';
import {collections} from './fixtures.js';

interface StartOptions {
	heap_mb?: number;
	env?: Record<string, string>;
	/** On this one’s database. */
	beside?: TestDatabase;
	plugins?: readonly Plugin[];
	/** Serves the plugins, and says so to whoever started it. */
	script?: URL;
}

/** A house in a process of its own, on a database that outlives it, always at the same address. */
export async function startHouse(
	t: ExecutionContext,
	{
		heap_mb,
		env = {},
		beside,
		plugins = [auth, sync, collections],
		script = new URL('house-process.js', import.meta.url),
	}: StartOptions = {},
) {
	const database =
		beside ??
		(await freshDatabase({
			template: {key: plugins.map(({name}) => name).join(' '), prepare: prepared => migrateAll(plugins, prepared)},
		}));
	const data = await mkdtemp(path.join(tmpdir(), 'hearth-sync-'));
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	let child: ChildProcess;
	const start = async () => {
		child = fork(fileURLToPath(script), {
			execArgv: heap_mb === undefined ? [] : [`--max-old-space-size=${heap_mb}`],
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			env: {
				...process.env,
				DATABASE_URL: database.url,
				HEARTH_DATA: data,
				HEARTH_PORT: String(port),
				HEARTH_LOG_LEVEL: process.env.HEARTH_LOG_LEVEL ?? 'silent',
				HEARTH_RATE_LIMITS: 'off',
				HEARTH_REGISTRATION: 'open',
				...env,
			},
		});
		await Promise.race([
			once(child, 'message'),
			once(child, 'exit').then(([code]) => {
				throw new Error(`The house ended with ${code} before it was open`);
			}),
		]);
	};
	/** Without a word, as a power cut does. */
	const kill = async () => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill('SIGKILL');
		await once(child, 'exit');
	};
	t.teardown(async () => {
		await kill();
		if (beside === undefined) await database.close();
		await rm(data, {recursive: true, force: true});
	});
	await start();
	return {
		url,
		/** For another process of the same house. */
		shared: database,
		database: database.database,
		kill,
		start,
		isRunning: () => child.exitCode === null && child.signalCode === null,
		async account(email: string): Promise<string> {
			const answer = await fetch(`${url}/api/v1/auth/register`, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify({email, password: 'correct horse battery staple'}),
			});
			const {data} = (await answer.json()) as {data: {access_token: string}};
			return data.access_token;
		},
	};
}
