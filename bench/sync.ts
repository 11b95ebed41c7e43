import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {median, megabytes, milliseconds, printTable, quantile} from './figures.js';
import {closeConnections} from './sync/ask.js';
import {Limit} from './sync/limit.js';
import {emptyPulls, type FirstPull, firstPulls, liveLatencies, personWith} from './sync/reads.js';
import {type Person, Servers} from './sync/servers.js';
import {batchPushes, type Round, singlePushes} from './sync/writes.js';

// What sync costs, as ratios within one run: against PostgreSQL alone, which writes and reads the same rows (the limit), and against
// pouchdb-server (the peer), both through HTTP. `--only batch,single` runs some of it; `--profile folder` profiles the house.

const {values} = parseArgs({options: {only: {type: 'string'}, rounds: {type: 'string'}, profile: {type: 'string'}}});
const wanted = (name: string) => values.only === undefined || values.only.split(',').includes(name);
const ROUNDS = Number(values.rounds ?? 15);
const SINGLES_A_ROUND = 800;
const LIMIT_CONNECTIONS = 16;
const PULLS = 5;
const EMPTY_PULLS = 300;
const LIVE_PUSHES = 200;

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
	if (wanted('pull')) await tellPulls(limit);
	if (wanted('live')) {
		const latencies = await liveLatencies(servers, await personWith(servers, 10), LIVE_PUSHES);
		printTable(`From the answer to a push until another device hears of it; ${LIVE_PUSHES} pushes`, [
			['p50', milliseconds(quantile(latencies, 0.5))],
			['p99', milliseconds(quantile(latencies, 0.99))],
		]);
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
	// Ticks are coarse: all rounds together.
	const each = (time: (round: Round) => number) =>
		(rounds.reduce((sum, round) => sum + time(round), 0) * 1000) / records / rounds.length;
	const limit = [
		each(({limit_processor}) => limit_processor.client_ms),
		each(({limit_processor}) => limit_processor.database_ms),
	] as const;
	const house = [
		each(({house_processor}) => house_processor.house_ms),
		each(({house_processor}) => house_processor.database_ms),
	] as const;
	const both = ([one, other]: readonly [number, number]) => `${one.toFixed(0)} + ${other.toFixed(0)} µs`;
	printTable(`${title}; ${rounds.length} rounds`, [
		['the limit', rate(({limit_ms}) => limit_ms)],
		['the house', rate(({house_ms}) => house_ms)],
		['pouchdb-server', rate(({peer_ms}) => peer_ms)],
		['the house, of the limit', spread(rounds.map(({limit_ms, house_ms}) => limit_ms / house_ms))],
		['the house, of pouchdb-server', spread(rounds.map(({peer_ms, house_ms}) => peer_ms / house_ms))],
		['processor time a record, the limit: its client + its database', both(limit)],
		['… the house + its database', both(house)],
		['… the house, of the limit', ((limit[0] + limit[1]) / (house[0] + house[1])).toFixed(2)],
	]);
}

async function tellPulls(limit: Limit): Promise<void> {
	const few = await personWith(servers, 10_000);
	const many = await personWith(servers, 100_000);
	const old = await personWith(servers, 10_000, 9);
	const pulls = async (person: Person, records: number) => firstPulls(servers, limit, person, {records, rounds: PULLS});
	// The first of all warms up.
	await pulls(few, 10_000);
	const told = {
		'10,000 records': await pulls(few, 10_000),
		'100,000 records': await pulls(many, 100_000),
		'10,000 records, each changed ten times': await pulls(old, 10_000),
	};
	const time = (all: readonly FirstPull[]) => median(all.map(({house_ms}) => house_ms));
	printTable(`First pulls, 1,000 records a page; ${PULLS} rounds`, [
		['', 'the house', 'the limit', 'of the limit', 'memory before', 'at most'],
		...Object.entries(told).map(([title, all]) => [
			title,
			milliseconds(time(all)),
			milliseconds(median(all.map(({limit_ms}) => limit_ms))),
			spread(all.map(({limit_ms, house_ms}) => limit_ms / house_ms)),
			megabytes(all[0]?.before ?? 0),
			megabytes(Math.max(...all.map(({peak}) => peak))),
		]),
		[
			'a record of 100,000, of one of 10,000',
			(time(told['100,000 records']) / time(told['10,000 records']) / 10).toFixed(2),
		],
		[
			'with ten times the history, of without',
			(time(told['10,000 records, each changed ten times']) / time(told['10,000 records'])).toFixed(2),
		],
	]);
	const empty = {
		of_few: await emptyPulls(servers, few, EMPTY_PULLS),
		of_many: await emptyPulls(servers, many, EMPTY_PULLS),
	};
	printTable(`Pulls that bring nothing; ${EMPTY_PULLS}`, [
		['of 10,000 records', milliseconds(median(empty.of_few))],
		['of 100,000 records', milliseconds(median(empty.of_many))],
	]);
}

function spread(ratios: readonly number[]): string {
	return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}
