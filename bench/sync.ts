import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {median, printTable} from './figures.js';
import {closeConnections} from './sync/ask.js';
import {Limit} from './sync/limit.js';
import {Servers} from './sync/servers.js';
import {batchPushes, type Round, singlePushes} from './sync/writes.js';

// What sync costs, as ratios within one run: against PostgreSQL alone, which writes and reads the same rows (the limit), and against
// pouchdb-server (the peer), both through HTTP. `--only batch,single` runs some of it; `--profile folder` profiles the house.

const {values} = parseArgs({options: {only: {type: 'string'}, rounds: {type: 'string'}, profile: {type: 'string'}}});
const wanted = (name: string) => values.only === undefined || values.only.split(',').includes(name);
const ROUNDS = Number(values.rounds ?? 15);
const SINGLES_A_ROUND = 800;
const LIMIT_CONNECTIONS = 16;

const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(folder, 0o711);
const profile = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
const servers = await Servers.start(folder, profile);
try {
	const limit = await Limit.open(servers.database.url, LIMIT_CONNECTIONS);
	console.log(
		`${availableParallelism()} cores, shared by all that runs: the bench, the house, PostgreSQL, pouchdb-server`,
	);
	if (wanted('batch')) tellWrites('Pushes of 1,000 records', await batchPushes(servers, limit, ROUNDS), 1_000);
	if (wanted('single')) {
		tellWrites(
			'Pushes of one record, 50 people, 16 at once',
			await singlePushes(servers, limit, ROUNDS, SINGLES_A_ROUND),
			SINGLES_A_ROUND,
		);
	}
	await limit.close();
} finally {
	closeConnections();
	await servers.stop();
	rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

/** Of each round a ratio; how many records a round wrote. */
function tellWrites(title: string, rounds: readonly Round[], records: number): void {
	const rate = (time: (round: Round) => number) =>
		`${((records * 1000) / median(rounds.map(time))).toFixed(0)} records/s`;
	const each = (time: (round: Round) => number) => `${((median(rounds.map(time)) * 1000) / records).toFixed(0)} µs`;
	printTable(`${title}; ${rounds.length} rounds`, [
		['the limit', rate(({limit_ms}) => limit_ms)],
		['the house', rate(({house_ms}) => house_ms)],
		['pouchdb-server', rate(({peer_ms}) => peer_ms)],
		['the house, of the limit', spread(rounds.map(({limit_ms, house_ms}) => limit_ms / house_ms))],
		['the house, of pouchdb-server', spread(rounds.map(({peer_ms, house_ms}) => peer_ms / house_ms))],
		['processor time a record, the house', each(({house_processor_ms}) => house_processor_ms)],
		['… its database', each(({database_processor_ms}) => database_processor_ms)],
	]);
}

function spread(ratios: readonly number[]): string {
	return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}
