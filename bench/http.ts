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

const data = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(data, 0o711);
const children = new Map<Server, ChildProcess>();
const listening = new Map<Server, Listening>();
const rates = new Map<Server, number[]>(servers.map(server => [server, []]));
const cost = new Map<Server, {requests: number; processor_ms: number}>();
try {
	for (const server of servers) listening.set(server, await start(server));
	for (const server of servers) await ask(server, WARM_UP_MS);
	for (let round = 0; round < ROUNDS; round++) {
		for (const server of servers) await measure(server);
	}
} finally {
	await Promise.all([...children.values()].map(stop));
	rmSync(data, {recursive: true, force: true});
}

const perRound = (server: Server) => rates.get(server) ?? [];
const ratios = (server: Server) =>
	perRound(server).map((rate, round) => rate / (perRound('bare-koa')[round] ?? Number.NaN));
// What a request costs its server hardly depends on what else the machine does; how many it answers a second does.
const microseconds = (server: Server) => {
	const {requests, processor_ms} = cost.get(server) ?? {requests: 0, processor_ms: 0};
	return (processor_ms * 1000) / requests;
};
printTable(`A request with a token, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_MS} ms in turn`, [
	['', 'requests a second', 'of bare Koa', 'processor time each', 'bare Koa of it'],
	...servers.map(server => [
		server.replace('-', ' '),
		median(perRound(server)).toFixed(0),
		median(ratios(server)).toFixed(2),
		`${microseconds(server).toFixed(0)} µs`,
		(microseconds('bare-koa') / microseconds(server)).toFixed(2),
	]),
]);

async function measure(server: Server): Promise<void> {
	const pid = children.get(server)?.pid ?? 0;
	const before = processorTimeOf(pid);
	const {requests, per_second} = await ask(server, ROUND_MS);
	const so_far = cost.get(server) ?? {requests: 0, processor_ms: 0};
	cost.set(server, {
		requests: so_far.requests + requests,
		processor_ms: so_far.processor_ms + processorTimeOf(pid) - before,
	});
	rates.get(server)?.push(per_second);
}

async function start(server: Server): Promise<Listening> {
	const child = fork(fileURLToPath(new URL(`./servers/${server}.js`, import.meta.url)), [data], {cwd: data});
	children.set(server, child);
	const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${server} ended with ${code}`)));
	const [told] = await Promise.race([once(child, 'message'), ended]);
	ended.catch(() => {}); // as it will, once it is stopped
	return told as Listening;
}

function ask(server: Server, duration_ms: number) {
	const told = listening.get(server);
	const token = told?.token ?? listening.get('plain-check')?.token;
	if (told === undefined || !token) throw new Error(`${server} does not run`);
	return askOverAndOver({
		url: new URL(told.url),
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
