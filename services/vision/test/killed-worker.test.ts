import {type ChildProcess, execFileSync, fork} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test from 'ava';
import {z} from 'zod';
import {form} from './house.js';
import type {Started} from './house-process.js';
import {labelJpeg} from './label-picture.js';

const answer = z.object({
	data: z.looseObject({
		id: z.string(),
		status: z.string().optional(),
		progress: z.number().optional(),
		fields: z.record(z.string(), z.number()).optional(),
	}),
});

/** Waits for something, however busy the machine is; a house that has just started may refuse at first. */
async function until<T>(condition: () => Promise<T | false>, end = Date.now() + 120_000): Promise<T> {
	for (;;) {
		let met: T | false = false;
		try {
			met = await condition();
		} catch (error) {
			if (Date.now() > end) throw error;
		}
		if (met !== false) return met;
		if (Date.now() > end) throw new Error(`Not met in time: ${condition}`);
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}

const readersOf = ({pid}: ChildProcess) =>
	execFileSync('ps', ['-e', '-o', 'ppid=,pid=,args='], {encoding: 'utf8'})
		.split('\n')
		.map(line => line.trim().split(/\s+/))
		.filter(([parent, , ...command]) => Number(parent) === pid && command.join(' ').includes('pp-ocr-process'))
		.map(([, reader]) => Number(reader));

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

test('a worker killed while it reads loses nothing: the next one finishes the picture', async t => {
	t.timeout(300_000);
	const database = await freshDatabase();
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-killed-'));
	const processes: ChildProcess[] = [];
	t.teardown(async () => {
		for (const child of processes) child.kill('SIGKILL');
		await database.close();
		await rm(folder, {recursive: true, force: true});
	});
	const user = randomUUID();
	async function start() {
		const child = fork(new URL('house-process.js', import.meta.url), [database.url, folder, user], {execArgv: []});
		processes.push(child);
		const {url, token} = await new Promise<Started>((resolve, reject) => {
			child.once('message', message => resolve(message as Started));
			child.once('exit', code => reject(new Error(`The house ended with ${code}`)));
		});
		const ask = async (at: string, init: RequestInit = {}) => {
			const response = await fetch(url + at, {...init, headers: {authorization: `Bearer ${token}`}});
			const text = await response.text();
			if (!response.ok) throw new Error(`${at} answered ${response.status}: ${text}`);
			return answer.parse(JSON.parse(text)).data;
		};
		return {child, ask};
	}
	const first = await start();
	const body = form(await labelJpeg({width: 3000, height: 2500}));
	const {id} = await first.ask('/api/v1/images/upload', {method: 'POST', body});
	const readers = await until(async () => {
		const found = readersOf(first.child);
		return found.length > 0 && found;
	});
	t.like(await first.ask(`/api/v1/images/${id}/status`), {status: 'processing'});
	const ended = new Promise(resolve => first.child.once('exit', resolve));
	first.child.kill('SIGKILL');
	await ended;
	await until(async () => readers.every(pid => !isAlive(pid)) || false);

	const second = await start();
	const status = await until(async () => {
		const now = await second.ask(`/api/v1/images/${id}/status`);
		return now.status === 'done' && now;
	});
	t.like(status, {id, progress: 1});
	t.like(await second.ask(`/api/v1/images/${id}/result`), {fields: {energy_kcal: 373}});
});
