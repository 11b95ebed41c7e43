import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {until} from '../contract/until.js';
import type {Database} from '../database.js';
import {nameOf, readPostmaster} from '../drivers/embedded-postgres/cluster.js';
import {processesOf, signal} from '../drivers/embedded-postgres/processes.js';
import {openEmbeddedPostgres} from '../drivers/embedded-postgres.js';

export const log = {info() {}, warn() {}, error: console.error};

/** A data folder, and at the end nothing that runs in it. One after another: each has a server of its own. */
export async function aHouse(t: ExecutionContext, {name = 'hearth house-'} = {}) {
	const data_folder = await mkdtemp(join(tmpdir(), name));
	const postgres = join(data_folder, 'postgres');
	const said: string[] = [];
	const children: ChildProcess[] = [];
	const opened: Database[] = [];
	t.teardown(async () => {
		for (const database of opened) await database.close();
		for (const child of children) child.kill('SIGKILL');
		const running = existsSync(join(postgres, 'data')) ? processesOf(nameOf(postgres)) : [];
		for (const pid of running) signal(pid, 'SIGKILL');
		await until('nothing runs', () => processesOf(nameOf(postgres)).length === 0);
		await rm(data_folder, {recursive: true, force: true});
	});

	return {
		data_folder,
		postgres,
		said,
		pid: () => readPostmaster(postgres)?.pid as number,
		async open({guest = false, ...special}: Parameters<typeof openEmbeddedPostgres>[1] & {guest?: boolean} = {}) {
			const say = (line: string) => said.push(line);
			const database = await openEmbeddedPostgres({data_folder, guest, say, log}, special);
			opened.push(database);
			return database;
		},
		/** Another process, as far as it says that it is ready; or why it failed. */
		async process(what: string, {prefix = [] as string[], more = [] as string[]} = {}) {
			const [execPath = process.execPath, ...execArgv] = [...prefix, process.execPath];
			const child = fork(new URL('./house-process.js', import.meta.url), [what, data_folder, ...more], {
				execPath,
				execArgv,
			});
			children.push(child);
			const [message] = (await once(child, 'message')) as [{ready?: true; failed?: string; name?: string}];
			return {child, ...message};
		},
	};
}

export async function killed(child: ChildProcess): Promise<void> {
	child.kill('SIGKILL');
	if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

export const answering = (database: Database) =>
	until('the database answers', () =>
		database.check().then(
			() => true,
			() => false,
		),
	);

export const groups = async (database: Database) =>
	(await database.many<{group_name: string}>('select group_name from bus.groups order by 1')).map(
		row => row.group_name,
	);
