import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {type Asking, asking, dialects, native, type Protocol, replicating} from './dialects/protocols.js';
import {median, milliseconds, printTable} from './figures.js';
import {ask, closeConnections} from './sync/ask.js';
import {pushOf, type SetDone, someSets} from './sync/mutations.js';
import {Servers} from './sync/servers.js';

// What each app's protocol costs beside the native one, and PouchDB's beside pouchdb-server: as many records, in the same run, each asked as its client asks. The records are
// alike in size; where a protocol has another collection, they are that collection's.

const {values} = parseArgs({options: {only: {type: 'string'}, rounds: {type: 'string'}}});
const ROUNDS = Number(values.rounds ?? 3);
const RECORDS = 10_000;
const FEW = 10;
const FEW_PULLS = 15;

interface Round {
	push_ms: number;
	first_ms: number;
	/** Of ten that another app has written. */
	few_ms: number;
}

const wanted = dialects.filter(({name}) => values.only === undefined || values.only.split(',').includes(name));
const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(folder, 0o711);
const servers = await Servers.start(folder, []);
try {
	console.log(`${availableParallelism()} cores, shared by all that runs: the bench, the house, PostgreSQL`);
	// The first of all warms up.
	await roundOf(native);
	const against = wanted.find(({name}) => name === 'PouchDB');
	const [ours, ...others] = await rounds([native, ...wanted]);
	if (ours === undefined) throw new Error('There is nothing to compare with');
	const row = ({protocol, all}: Measured) => [
		`${protocol.name}: ${protocol.manner}`,
		...(['push_ms', 'first_ms', 'few_ms'] as const).flatMap(what => {
			const ms = median(all.map(round => round[what]));
			const ratios = all.map((round, at) => (ours.all[at]?.[what] ?? Number.NaN) / round[what]);
			return [milliseconds(ms), protocol === native ? '' : median(ratios).toFixed(2)];
		}),
	];
	printTable(
		`${RECORDS} records, and ${FEW} that another app wrote; ${ROUNDS} rounds; the second figure is the speed of native`,
		[
			['', 'push', 'of native', 'first pull', 'of native', `pull of ${FEW}`, 'of native'],
			row(ours),
			...others.map(row),
		],
	);
	const pouchdb = others.find(({protocol}) => protocol === against);
	if (pouchdb !== undefined) {
		const peers: Round[] = [];
		for (let round = 0; round < ROUNDS; round += 1) peers.push(await roundOfPeer(round));
		const faster = (what: keyof Round) =>
			median(peers.map((peer, at) => peer[what] / (pouchdb.all[at]?.[what] ?? Number.NaN))).toFixed(2);
		printTable(
			'PouchDB with pouchdb-server, the same requests; the second figure is the speed of the house beside it',
			[
				['', 'push', 'the house', 'first pull', 'the house', `pull of ${FEW}`, 'the house'],
				[
					'pouchdb-server',
					...(['push_ms', 'first_ms', 'few_ms'] as const).flatMap(what => [
						milliseconds(median(peers.map(peer => peer[what]))),
						faster(what),
					]),
				],
			],
		);
	}
} finally {
	closeConnections();
	await servers.stop();
	rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

interface Measured {
	protocol: Protocol;
	all: Round[];
}

/** Each protocol once a round, so that what else the machine does comes to all of them. */
async function rounds(protocols: readonly Protocol[]): Promise<Measured[]> {
	const measured = protocols.map(protocol => ({protocol, all: [] as Round[]}));
	for (let round = 0; round < ROUNDS; round += 1) {
		for (const {protocol, all} of measured) all.push(await roundOf(protocol));
	}
	return measured;
}

/** Of somebody who has nothing yet. */
async function roundOf(protocol: Protocol): Promise<Round> {
	const {token} = await servers.person();
	const house = asking(servers.house_url, token);
	return measure(protocol, house, async records => {
		await house('/api/v1/sync/push', JSON.parse(pushOf(records, protocol.collection, 'bench-other')));
	});
}

/** Of a database that nobody has written to. */
async function roundOfPeer(round: number): Promise<Round> {
	const database = `/replicated${round}`;
	await ask(servers.peer_url + database, {method: 'PUT'});
	const peer = asking(servers.peer_url);
	return measure(replicating(database), peer, async records => {
		await peer(`${database}/_bulk_docs`, {docs: records.map(({id, data}) => ({_id: id, ...data}))});
	});
}

async function measure(
	{name, push, pull}: Protocol,
	house: Asking,
	/** By another app. */
	write: (records: SetDone[]) => Promise<void>,
): Promise<Round> {
	const sets = someSets(RECORDS);
	const push_ms = await timed(() => push(house, sets));
	let came = {records: 0, cursor: ''};
	const first_ms = await timed(async () => {
		came = await pull(house, null);
	});
	if (came.records !== RECORDS) throw new Error(`${name}: of ${RECORDS} records ${came.records} came`);
	const pulls: number[] = [];
	for (let time = 0; time < FEW_PULLS; time += 1) {
		// What the collection needs of a new record is all there, whichever it is; what it does not know is kept.
		const written = someSets(FEW).map(({id, data}) => ({id, data: {...data, date: '2026-03-01'}}));
		await write(written);
		pulls.push(
			await timed(async () => {
				came = await pull(house, came.cursor);
			}),
		);
		if (came.records < FEW) throw new Error(`${name}: of ${FEW} records ${came.records} came`);
	}
	return {push_ms, first_ms, few_ms: median(pulls)};
}

async function timed(work: () => Promise<void>): Promise<number> {
	const started = performance.now();
	await work();
	return performance.now() - started;
}
