import {type ChildProcess, fork, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type EmbeddedServer, openServer} from '@hearth/ports/drivers/embedded-postgres/server.js';
import {z} from 'zod';
import {descendantsOf, processorTimeOf} from '../processes.js';
import type {Listening} from '../servers/answer.js';
import {ask} from './ask.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

export interface Person {
	id: string;
	token: string;
}

/** One PostgreSQL, as a house keeps it, on which the limit works too; a house in one process; and the peer. */
export class Servers {
	readonly database: EmbeddedServer;
	readonly #house: ChildProcess;
	readonly house_url: string;
	readonly #peer: ChildProcess;
	readonly peer_url: string;
	#people = 0;

	private constructor(
		database: EmbeddedServer,
		house: {process: ChildProcess; url: string},
		peer: {process: ChildProcess; url: string},
	) {
		this.database = database;
		this.#house = house.process;
		this.house_url = house.url;
		this.#peer = peer.process;
		this.peer_url = peer.url;
	}

	/** `node_options` of the house: `--cpu-prof` and the like. */
	static async start(folder: string, node_options: readonly string[]): Promise<Servers> {
		const database = await openServer({folder: join(folder, 'database'), guest: false, say() {}, log: console});
		try {
			const house = await startHouse(join(folder, 'house'), database.url, node_options);
			return new Servers(database, house, await startPeer(join(folder, 'peer')));
		} catch (error) {
			await database.stop();
			throw error;
		}
	}

	async stop(): Promise<void> {
		await Promise.all([ended(this.#house), ended(this.#peer)]);
		await this.database.stop();
	}

	get house_pid(): number {
		return this.#house.pid ?? 0;
	}

	/** Milliseconds of processor time that the house's process and the database's have used. The database's ended backends do not count. */
	processorTime(): {house_ms: number; database_ms: number} {
		const postmaster = this.database.pid();
		const backends = postmaster === null ? [] : descendantsOf(postmaster);
		return {
			house_ms: processorTimeOf(this.house_pid),
			database_ms: backends.reduce((sum, {pid}) => sum + processorTimeOf(pid), 0),
		};
	}

	/** Somebody with an account, who has just signed in. */
	async person(): Promise<Person> {
		this.#people += 1;
		const email = `person${this.#people}@example.org`;
		const body = JSON.stringify({email, password: 'correct horse battery staple', name: `Person ${this.#people}`});
		const {data} = signedIn.parse(JSON.parse(await ask(`${this.house_url}/api/v1/auth/register`, {body})));
		return {id: data.user.id, token: data.access_token};
	}
}

const signedIn = z.object({data: z.object({access_token: z.string(), user: z.object({id: z.uuid()})})});

async function startHouse(folder: string, database_url: string, node_options: readonly string[]) {
	const {PATH, HOME, TMPDIR} = process.env;
	const child = spawn(process.execPath, [...node_options, join(checkout, 'libs/host/hearth.js'), 'serve'], {
		cwd: checkout,
		env: {
			...{PATH, HOME, TMPDIR},
			DATABASE_URL: database_url,
			HEARTH_DATA: folder,
			HEARTH_PORT: '0',
			HEARTH_LOG_LEVEL: 'warn',
			HEARTH_RATE_LIMITS: 'off',
			HEARTH_REGISTRATION: 'open',
		},
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let printed = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		printed += text;
	});
	for (;;) {
		const url = /Hearth is open at (\S+)/.exec(printed)?.[1];
		if (url !== undefined) return {process: child, url};
		await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
		if (child.exitCode !== null || /not all of it/.test(printed)) {
			await ended(child);
			throw new Error(`The house did not come to be ready:\n${printed}`);
		}
	}
}

async function startPeer(folder: string) {
	mkdirSync(folder, {recursive: true});
	const child = fork(fileURLToPath(new URL('../servers/pouchdb.js', import.meta.url)), [folder], {
		cwd: folder,
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
	});
	const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`pouchdb-server ended with ${code}`)));
	const [told] = await Promise.race([once(child, 'message'), failed]);
	failed.catch(() => {});
	return {process: child, url: (told as Listening).url.replace(/\/$/, '')};
}

async function ended(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exit = once(child, 'exit');
	child.kill('SIGTERM');
	await exit;
}
