import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {median, printTable} from './figures.js';
import {requestsPerSecond} from './load.js';
import type {Listening} from './servers/answer.js';

// What the host costs: a request with a token, through all that it does, against bare Koa and against a plain check of the token.
// Each server has a process of its own; they are asked in turn, so that whatever slows the machine slows all of them.

const ROUNDS = 7;
const ROUND_MS = 2000;
const CONNECTIONS = 32;

const servers = ['bare-koa', 'plain-check', 'whole-host'] as const;
type Server = (typeof servers)[number];

const data = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
chmodSync(data, 0o711);
const children: ChildProcess[] = [];
const listening = new Map<Server, Listening>();
const rates = new Map<Server, number[]>(servers.map(server => [server, []]));
try {
	for (const server of servers) listening.set(server, await start(server));
	for (const server of servers) await ask(server); // not counted: the first second runs code that is not compiled yet
	for (let round = 0; round < ROUNDS; round++) {
		for (const server of servers) rates.get(server)?.push(await ask(server));
	}
} finally {
	await Promise.all(children.map(stop));
	rmSync(data, {recursive: true, force: true});
}

const perRound = (server: Server) => rates.get(server) ?? [];
const ratios = (server: Server) =>
	perRound(server).map((rate, round) => rate / (perRound('bare-koa')[round] ?? Number.NaN));
printTable(`A request with a token, ${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${ROUND_MS / 1000} s`, [
	['', 'requests a second', 'of bare Koa', 'rounds'],
	...servers.map(server => [
		server.replace('-', ' '),
		median(perRound(server)).toFixed(0),
		median(ratios(server)).toFixed(2),
		`${Math.min(...ratios(server)).toFixed(2)}–${Math.max(...ratios(server)).toFixed(2)}`,
	]),
]);

async function start(server: Server): Promise<Listening> {
	const child = fork(fileURLToPath(new URL(`./servers/${server}.js`, import.meta.url)), [data], {cwd: data});
	children.push(child);
	const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${server} ended with ${code}`)));
	const [told] = await Promise.race([once(child, 'message'), ended]);
	ended.catch(() => {}); // as it will, once it is stopped
	return told as Listening;
}

function ask(server: Server): Promise<number> {
	const told = listening.get(server);
	const token = told?.token ?? listening.get('plain-check')?.token;
	if (told === undefined || !token) throw new Error(`${server} does not run`);
	return requestsPerSecond({
		url: new URL(told.url),
		headers: {Authorization: `Bearer ${token}`},
		connections: CONNECTIONS,
		duration_ms: ROUND_MS,
	});
}

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill('SIGTERM');
	await ended;
}
