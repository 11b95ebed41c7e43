import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {median, printTable} from './figures.js';
import {askOverAndOver} from './load.js';
import {processorTimeOf} from './processes.js';
import type {Listening} from './servers/answer.js';

// What the host costs: a request with a token, through all that it does, against bare Koa and against a plain check of the token.
// Each server has a process of its own; they are asked in turn, so that whatever slows the machine slows all of them.

// Many short ones: what else the machine does comes and goes within seconds.
const ROUNDS = 21;
const ROUND_MS = 600;
// Code that has run this long is compiled.
const WARM_UP_MS = 3000;
const CONNECTIONS = 32;

const servers = ['bare-koa', 'plain-check', 'whole-host'] as const;
type Server = (typeof servers)[number];

/** What is asked of which server; a path with an id is looked for among all routes that begin like it, and the id is checked. */
const asked = {
	'bare Koa': {server: 'bare-koa', below: ''},
	'plain check': {server: 'plain-check', below: ''},
	'whole host': {server: 'whole-host', below: ''},
	'whole host, by id': {server: 'whole-host', below: '/01890a5d-ac96-774b-bcce-b302099a8057'},
} as const;
type Asked = keyof typeof asked;
const all = Object.keys(asked) as Asked[];

const data = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(data, 0o711);
const children = new Map<Server, ChildProcess>();
const listening = new Map<Server, Listening>();
const rates = new Map<Asked, number[]>(all.map(one => [one, []]));
const cost = new Map<Asked, {requests: number; processor_ms: number}>();
try {
	for (const server of servers) listening.set(server, await start(server));
	for (const one of all) await ask(one, WARM_UP_MS);
	for (let round = 0; round < ROUNDS; round++) {
		for (const one of all) await measure(one);
	}
} finally {
	await Promise.all([...children.values()].map(stop));
	rmSync(data, {recursive: true, force: true});
}

const perRound = (one: Asked) => rates.get(one) ?? [];
const ratios = (one: Asked) => perRound(one).map((rate, round) => rate / (perRound('bare Koa')[round] ?? Number.NaN));
// What a request costs its server hardly depends on what else the machine does; how many it answers a second does.
const microseconds = (one: Asked) => {
	const {requests, processor_ms} = cost.get(one) ?? {requests: 0, processor_ms: 0};
	return (processor_ms * 1000) / requests;
};
printTable(`A request with a token, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_MS} ms in turn`, [
	['', 'requests a second', 'of bare Koa', 'processor time each', 'bare Koa of it'],
	...all.map(one => [
		one,
		median(perRound(one)).toFixed(0),
		median(ratios(one)).toFixed(2),
		`${microseconds(one).toFixed(0)} µs`,
		(microseconds('bare Koa') / microseconds(one)).toFixed(2),
	]),
]);

async function measure(one: Asked): Promise<void> {
	const pid = children.get(asked[one].server)?.pid ?? 0;
	const before = processorTimeOf(pid);
	const {requests, per_second} = await ask(one, ROUND_MS);
	const so_far = cost.get(one) ?? {requests: 0, processor_ms: 0};
	cost.set(one, {
		requests: so_far.requests + requests,
		processor_ms: so_far.processor_ms + processorTimeOf(pid) - before,
	});
	rates.get(one)?.push(per_second);
}

async function start(server: Server): Promise<Listening> {
	const child = fork(fileURLToPath(new URL(`./servers/${server}.js`, import.meta.url)), [data], {cwd: data});
	children.set(server, child);
	const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${server} ended with ${code}`)));
	const [told] = await Promise.race([once(child, 'message'), ended]);
	ended.catch(() => {}); // as it will, once it is stopped
	return told as Listening;
}

function ask(one: Asked, duration_ms: number) {
	const {server, below} = asked[one];
	const told = listening.get(server);
	const token = told?.token ?? listening.get('plain-check')?.token;
	if (told === undefined || !token) throw new Error(`${server} does not run`);
	return askOverAndOver({
		url: new URL(told.url + below),
		headers: {Authorization: `Bearer ${token}`},
		connections: CONNECTIONS,
		duration_ms,
	});
}

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill('SIGTERM');
	await ended;
}
