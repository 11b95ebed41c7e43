import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {databaseContract} from '../contract/database.js';
import {until} from '../contract/until.js';
import {openServer} from '../drivers/embedded-postgres/server.js';
import {freshDatabase} from '../test-database.js';

const folder = await mkdtemp(join(tmpdir(), 'hearth-contract-'));
const server = await openServer({
	folder,
	guest: false,
	say() {},
	log: {info() {}, warn() {}, error: console.error},
	settings: {fsync: 'off', max_connections: '200'},
});
test.after.always(async () => {
	await server.stop();
	await rm(folder, {recursive: true});
});

databaseContract(test, {
	name: 'embedded PostgreSQL',
	async make(t, log) {
		const made = await freshDatabase({server: server.url, ...(log && {log})});
		t.teardown(made.close);
		return made;
	},
	async stopServer() {
		const killed = server.pid() as number;
		process.kill(killed, 'SIGKILL');
		await until('the server was started again', () => server.pid() !== killed && server.pid());
	},
	startServer: () => server.ensureRunning(),
});
