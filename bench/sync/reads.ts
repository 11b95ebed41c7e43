import {z} from 'zod';
import {memoryOf} from '../processes.js';
import {ask} from './ask.js';
import type {Limit} from './limit.js';
import {pushOf, type SetDone, someSets} from './mutations.js';
import type {Person, Servers} from './servers.js';
import {push} from './writes.js';

const PUSH = 5_000;
// As the client asks.
const PAGE = 1_000;

/** A person with so many records, each changed so many times more; written over HTTP. */
export async function personWith(servers: Servers, records: number, changes_more = 0): Promise<Person> {
	const person = await servers.person();
	for (let from = 0; from < records; from += PUSH) {
		const sets = someSets(Math.min(PUSH, records - from));
		await push(servers, person, pushOf(sets), sets.length);
		for (let change = 1; change <= changes_more; change++) {
			const changed: SetDone[] = sets.map(({id, data}) => ({id, data: {...data, reps: 100 + change}}));
			await push(servers, person, pushOf(changed), changed.length);
		}
	}
	return person;
}

const page = z.object({
	data: z.object({changes: z.array(z.unknown()), next_since: z.number(), has_more: z.boolean()}),
});

/** All pages of a first pull; answers how many records came. */
async function pullAll({house_url}: Servers, {token}: Person): Promise<number> {
	let records = 0;
	for (let since = 0; ; ) {
		const body = JSON.stringify({since, limit: PAGE});
		const {data} = page.parse(JSON.parse(await ask(`${house_url}/api/v1/sync/pull`, {token, body})));
		records += data.changes.length;
		since = data.next_since;
		if (!data.has_more) return records;
	}
}

export interface FirstPull {
	limit_ms: number;
	house_ms: number;
	/** Of the house's process: before, and the most it had meanwhile. Bytes. */
	before: number;
	peak: number;
}

export async function firstPulls(
	servers: Servers,
	limit: Limit,
	person: Person,
	{records, rounds}: {records: number; rounds: number},
): Promise<FirstPull[]> {
	const pulls: FirstPull[] = [];
	for (let round = 0; round < rounds; round++) {
		const limit_ms = await timed(() => limit.read(person.id), records);
		const before = memoryOf(servers.house_pid);
		const watched = watchMemory(servers.house_pid);
		const house_ms = await timed(() => pullAll(servers, person), records);
		pulls.push({limit_ms, house_ms, before, peak: Math.max(before, watched.stop())});
	}
	return pulls;
}

async function timed(read: () => Promise<number>, records: number): Promise<number> {
	const started = performance.now();
	const came = await read();
	if (came !== records) throw new Error(`Of ${records} records ${came} came`);
	return performance.now() - started;
}

const LOOK_EVERY_MS = 20;

function watchMemory(pid: number): {stop(): number} {
	let peak = 0;
	const timer = setInterval(() => {
		peak = Math.max(peak, memoryOf(pid));
	}, LOOK_EVERY_MS);
	return {
		stop() {
			clearInterval(timer);
			return peak;
		},
	};
}

/** Pulls that bring nothing, one after another; milliseconds each. */
export async function emptyPulls({house_url}: Servers, {token}: Person, pulls: number): Promise<number[]> {
	const {data} = z
		.object({data: z.object({latest_version: z.number()})})
		.parse(JSON.parse(await ask(`${house_url}/api/v1/sync/pull`, {token, body: '{"since":0,"limit":1}'})));
	const body = JSON.stringify({since: data.latest_version, device_id: 'bench-a'});
	const times: number[] = [];
	for (let pull = 0; pull < pulls; pull++) {
		const started = performance.now();
		const answer = page.parse(JSON.parse(await ask(`${house_url}/api/v1/sync/pull`, {token, body})));
		times.push(performance.now() - started);
		if (answer.data.changes.length > 0) throw new Error('The pull was not empty');
	}
	return times;
}

/** Milliseconds from the answer to a push until another device's stream says that there is something; 0 where it came before the answer. */
export async function liveLatencies(servers: Servers, person: Person, pushes: number): Promise<number[]> {
	const abort = new AbortController();
	const response = await fetch(`${servers.house_url}/api/v1/sync/live`, {
		headers: {authorization: `Bearer ${person.token}`},
		signal: abort.signal,
	});
	if (!response.ok || response.body === null) throw new Error(`/sync/live answered ${response.status}`);
	const events = newestVersions(response.body);
	const times: number[] = [];
	for (let number = 0; number < pushes; number++) {
		const body = pushOf(someSets(1));
		const heard = events.reaches(await push(servers, person, body, 1));
		const answered = performance.now();
		times.push(Math.max(0, (await heard) - answered));
	}
	abort.abort();
	return times;
}

/** Follows the ids of the events, which are versions. */
function newestVersions(body: ReadableStream<Uint8Array>) {
	let newest = 0;
	let at = 0;
	let wanted: {version: number; tell: (at: number) => void} | null = null;
	const read = async () => {
		let text = '';
		for await (const part of body.pipeThrough(new TextDecoderStream())) {
			text += part;
			const whole = text.lastIndexOf('\n');
			for (const [, id] of text.slice(0, whole + 1).matchAll(/^id: ?(\d+)$/gm)) newest = Math.max(newest, Number(id));
			text = text.slice(whole + 1);
			at = performance.now();
			if (wanted !== null && newest >= wanted.version) wanted.tell(at);
		}
	};
	read().catch(() => {}); // ended by us
	return {
		reaches: (version: number): Promise<number> =>
			newest >= version
				? Promise.resolve(at)
				: new Promise(tell => {
						wanted = {version, tell};
					}),
	};
}
