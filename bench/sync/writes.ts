import {setTimeout as wait} from 'node:timers/promises';
import {z} from 'zod';
import {ask} from './ask.js';
import type {Limit} from './limit.js';
import {docsOf, pushOf, type SetDone, someSets} from './mutations.js';
import type {Person, Servers} from './servers.js';

/** Milliseconds that each took in a round, and what was worked for it. */
export interface Round {
	limit_ms: number;
	house_ms: number;
	peer_ms: number;
	/** Processor time, which depends less on what else the machine does. The limit's client is this process. */
	limit_processor: {client_ms: number; database_ms: number};
	house_processor: {house_ms: number; database_ms: number};
}

const BATCH = 1_000;
const USERS = 50;
const AT_ONCE = 16;
// After a sudden load PostgreSQL and the disk still work for a moment.
const BREATH_MS = 100;

/** Pushes of a thousand new records each. The first round warms up and is not told. */
export async function batchPushes(servers: Servers, limit: Limit, rounds: number): Promise<Round[]> {
	const person = await servers.person();
	await ask(`${servers.peer_url}/batches`, {method: 'PUT'});
	return measured(servers, rounds, () => {
		const sets = someSets(BATCH);
		const rows = limit.rowsOf(sets);
		const body = pushOf(sets);
		const docs = docsOf(sets);
		return {
			limit: () => limit.write(person.id, rows),
			house: () => push(servers, person, body, BATCH),
			peer: () => bulk(servers, 'batches', docs, BATCH),
		};
	});
}

/** Pushes of one new record each, by fifty people, sixteen at once. */
export async function singlePushes(servers: Servers, limit: Limit, rounds: number, pushes: number): Promise<Round[]> {
	const people: Person[] = [];
	for (let user = 0; user < USERS; user++) {
		people.push(await servers.person());
		await ask(`${servers.peer_url}/single${user}`, {method: 'PUT'});
	}
	const ofUser = <T>(work: (set: SetDone, user: number) => T): T[] =>
		someSets(pushes).map((set, index) => work(set, index % USERS));
	const personOf = (user: number): Person => people[user] ?? {id: '', token: ''};
	return measured(servers, rounds, () => {
		const rows = ofUser((set, user) => ({space_id: personOf(user).id, rows: limit.rowsOf([set])}));
		const bodies = ofUser((set, user) => ({person: personOf(user), body: pushOf([set])}));
		const docs = ofUser((set, user) => ({database: `single${user}`, body: docsOf([set])}));
		return {
			limit: () => atOnce(rows, one => limit.write(one.space_id, one.rows)),
			house: () => atOnce(bodies, ({person, body}) => push(servers, person, body, 1)),
			peer: () => atOnce(docs, ({database, body}) => bulk(servers, database, body, 1)),
		};
	});
}

interface Works {
	limit(): Promise<unknown>;
	house(): Promise<unknown>;
	peer(): Promise<unknown>;
}

/** In turn, so that whatever slows the machine slows all; what they are given is made before. */
async function measured(servers: Servers, rounds: number, next: () => Works): Promise<Round[]> {
	const told: Round[] = [];
	for (let round = 0; round <= rounds; round++) {
		const {limit, house, peer} = next();
		const started = servers.processorTime();
		const ours = process.cpuUsage();
		const limit_ms = await timed(limit);
		const {user, system} = process.cpuUsage(ours);
		const before = servers.processorTime();
		const house_ms = await timed(house);
		const after = servers.processorTime();
		const peer_ms = await timed(peer);
		if (round === 0) continue;
		told.push({
			limit_ms,
			house_ms,
			peer_ms,
			limit_processor: {client_ms: (user + system) / 1000, database_ms: before.database_ms - started.database_ms},
			house_processor: {
				house_ms: after.house_ms - before.house_ms,
				database_ms: after.database_ms - before.database_ms,
			},
		});
	}
	return told;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
	await wait(BREATH_MS);
	const started = performance.now();
	await work();
	return performance.now() - started;
}

async function atOnce<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
	const waiting = all.values();
	await Promise.all(
		Array.from({length: AT_ONCE}, async () => {
			for (const one of waiting) await work(one);
		}),
	);
}

const pushed = z.object({data: z.object({accepted: z.array(z.string()), latest_version: z.number()})});

/** Throws where not all was accepted. Answers the newest version. */
export async function push({house_url}: Servers, {token}: Person, body: string, count: number): Promise<number> {
	const text = await ask(`${house_url}/api/v1/sync/push`, {token, body});
	const {accepted, latest_version} = pushed.parse(JSON.parse(text)).data;
	if (accepted.length !== count) throw new Error(`Of ${count} mutations ${accepted.length} were accepted`);
	return latest_version;
}

async function bulk({peer_url}: Servers, database: string, body: string, count: number): Promise<void> {
	const answers = z
		.array(z.object({ok: z.literal(true)}))
		.parse(JSON.parse(await ask(`${peer_url}/${database}/_bulk_docs`, {body})));
	if (answers.length !== count) throw new Error(`Of ${count} documents pouchdb-server kept ${answers.length}`);
}
