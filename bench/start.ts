import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {z} from 'zod';
import {median, megabytes, printTable, seconds} from './figures.js';
import {type StartedHouse, startHouse} from './house.js';
import {drawnLabel} from './label.js';
import {descendantsOf, memoryOf} from './processes.js';

// How long until the house is open, what it takes while nobody is there, and how long a label takes.

const WARM_STARTS = 5;
const LABELS = 5;
// After this long without a request the engine of the labels has been given back, and caches have been trimmed.
const IDLE_MS = 75_000;

const checkout = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(folder, 0o711);
const data = join(folder, 'data');
try {
	await coldStart();
	const {house, starts} = await warmStarts();
	try {
		printTable('Warm start, until /ready answers 200', [
			[`median of ${starts.length}`, seconds(median(starts))],
			['fastest, slowest', `${seconds(Math.min(...starts))}, ${seconds(Math.max(...starts))}`],
		]);
		await idleMemory(house, 'Idle memory (PSS), 5 s after the start', 5000);
		await labels(house);
		await idleMemory(house, `Idle memory (PSS), ${IDLE_MS / 1000} s after the last label`, IDLE_MS);
	} finally {
		await house.stop();
	}
} finally {
	rmSync(folder, {recursive: true, force: true, maxRetries: 5});
}

/** A clone of what is committed, with a home folder in which nothing was ever fetched. */
async function coldStart(): Promise<void> {
	if (!existsSync(join(checkout, '.git'))) {
		console.log('left out: cold start: this is no git checkout, so there is nothing to clone');
		return;
	}
	const clone = join(folder, 'clone');
	const home = join(folder, 'home');
	mkdirSync(home);
	execFileSync('git', ['clone', '--quiet', '--local', checkout, clone]);
	const house = await startHouse(clone, {
		HOME: home,
		// The registry is set in the real one.
		npm_config_userconfig: join(homedir(), '.npmrc'),
		HEARTH_DATA: join(folder, 'cold'),
		HEARTH_PORT: '0',
	});
	await house.stop();
	const took = (what: string) => /\d.* s/.exec(new RegExp(`${what} in .*`).exec(house.output)?.[0] ?? '')?.[0] ?? '?';
	printTable('Cold start: a fresh clone, an empty home folder, nothing in any cache', [
		['installed in', took('Installed')],
		['built in', took('Built')],
		['until /ready answers 200, all of it', seconds(house.ready_ms)],
	]);
}

/** The first makes the database and is not counted; the last is left open. */
async function warmStarts(): Promise<{house: StartedHouse; starts: number[]}> {
	const starts: number[] = [];
	for (;;) {
		const house = await startHouse(checkout, {HEARTH_DATA: data, HEARTH_PORT: '0', HEARTH_LOG_LEVEL: 'warn'});
		starts.push(house.ready_ms);
		if (starts.length > WARM_STARTS) return {house, starts: starts.slice(1)};
		await house.stop();
	}
}

async function idleMemory(house: StartedHouse, title: string, idle_ms: number): Promise<void> {
	await wait(idle_ms);
	const processes = descendantsOf(house.pid).map(one => ({...one, bytes: memoryOf(one.pid)}));
	const sum = (wanted: (name: string) => boolean) =>
		processes.filter(({name}) => wanted(name)).reduce((total, {bytes}) => total + bytes, 0);
	const isDatabase = (name: string) => name.startsWith('postgres') || name === 'unshare';
	printTable(title, [
		['the house', megabytes(sum(name => !isDatabase(name)))],
		[`its database, ${processes.filter(({name}) => isDatabase(name)).length} processes`, megabytes(sum(isDatabase))],
		['both', megabytes(sum(() => true))],
		['npm, which waits for them', megabytes(memoryOf(house.pid))],
	]);
}

async function labels({url}: StartedHouse): Promise<void> {
	const post = async (path: string, body: FormData | string, headers: Record<string, string>) => {
		const response = await fetch(new URL(path, url), {method: 'POST', body, headers});
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
		return response.json();
	};
	const account = JSON.stringify({email: 'admin@example.org', password: 'correct horse battery staple'});
	const registered = await post('/api/v1/auth/register', account, {'content-type': 'application/json'});
	const {access_token} = z.object({data: z.object({access_token: z.string()})}).parse(registered).data;
	const authorization = `Bearer ${access_token}`;
	const times: number[] = [];
	let right = 0;
	let printed = 0;
	for (let number = 0; number <= LABELS; number++) {
		const {fields, jpeg} = drawnLabel(number);
		const form = new FormData();
		form.set('image', new Blob([new Uint8Array(await jpeg)]), 'label.jpg');
		const started = performance.now();
		const uploaded = await post('/api/v1/images/upload', form, {authorization});
		const {id} = z.object({data: z.object({id: z.uuid()})}).parse(uploaded).data;
		const read = await result(new URL(`/api/v1/images/${id}/`, url), authorization);
		times.push(performance.now() - started);
		right += Object.entries(fields).filter(([name, value]) => read[name] === value).length;
		printed += Object.keys(fields).length;
	}
	printTable('A drawn label of 1500 px, from the upload until it is read', [
		['the first, which starts the engine', seconds(times[0] ?? Number.NaN)],
		[`median of the next ${LABELS}`, seconds(median(times.slice(1)))],
		['values read right', `${right} of ${printed}`],
	]);
}

async function result(image: URL, authorization: string): Promise<Record<string, number>> {
	const headers = {authorization};
	for (;;) {
		const answer = await fetch(new URL('status', image), {headers});
		const {status, error} = z
			.object({data: z.object({status: z.string(), error: z.string().nullish()})})
			.parse(await answer.json()).data;
		if (status === 'failed') throw new Error(`A label was not read: ${error}`);
		if (status === 'done') break;
		await wait(20);
	}
	const answer = await fetch(new URL('result', image), {headers});
	return z.object({data: z.object({fields: z.record(z.string(), z.number())})}).parse(await answer.json()).data.fields;
}
