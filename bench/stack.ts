import {setTimeout as wait} from 'node:timers/promises';
import {startStack} from '../deploy/dev/stack/stack.js';
import {settingsOf} from '../deploy/test/faults/faults-of.js';
import {startOneProcess} from '../deploy/test/faults/one-process.js';
import {makePeople} from '../deploy/test/faults/people.js';
import {asOwner} from '../libs/ports/drivers/postgres.js';
import {median, megabytes, printTable} from './figures.js';
import {type Answered, answersAll, askMixed, MIXED_KINDS, prepare, type Target} from './mixed-load.js';
import {descendantsOf, memoryOf, processorTimeOf} from './processes.js';

// The house in parts against the house in one process: what they answer, what they take while nobody asks, and what is still answered
// while a part is down. All three run at the same time and are asked in turn, so that whatever slows the machine slows all of them.

const CONNECTIONS = 16;
const ROUNDS = 7;
const ROUND_MS = 2500;
const WARM_UP_MS = 4000;
const DOWN_MS = 3000;
const PATIENCE_MS = 60_000;
// After this long without a request the engine of the labels has been given back, and caches have been trimmed.
const IDLE_MS = 75_000;

const SERVERS = ['postgres', 'redis', 'nats', 'minio'];
const SETTINGS = {
	HEARTH_RATE_LIMITS: 'off',
	HEARTH_REGISTRATION: 'open',
	HEARTH_LOG_LEVEL: 'warn',
	HEARTH_VISION_WORKERS: '1',
};

const houses = ['one process, all of its own', 'one process, the same servers', 'in parts, behind nginx'] as const;
type House = (typeof houses)[number];

const remove: (() => Promise<void>)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end().then(() => process.exit(1)));
try {
	const stack = await startStack({environment: SETTINGS});
	remove.push(stack.remove);
	const own = await startOneProcess(SETTINGS);
	remove.push(own.remove);
	const beside = await startOneProcess({...SETTINGS, ...(await aHouseOfItsOwn(settingsOf(stack)))});
	remove.push(beside.remove);
	const services = Object.keys(stack.parts).filter(name => name !== 'nginx' && !SERVERS.includes(name));

	await idleMemory('Idle memory (PSS), 10 s after the start', 10_000);
	const targets = new Map<House, Target>();
	for (const [house, url, code] of [
		[houses[0], own.url, own.setup_code()],
		[houses[1], beside.url, beside.setup_code()],
		[houses[2], stack.url, await stack.setup_code()],
	] as const) {
		const {moderators, members} = await makePeople(url, code, {members: 1, moderators: 1});
		const [moderator, member] = [...moderators, ...members];
		if (moderator === undefined || member === undefined) throw new Error('There is nobody to ask as');
		targets.set(house, await prepare(url, {moderator, member}, CONNECTIONS));
	}
	await throughput(targets);
	await whileDown();
	await idleMemory(`Idle memory (PSS), ${IDLE_MS / 1000} s after the last request`, IDLE_MS);

	async function throughput(all: Map<House, Target>): Promise<void> {
		const rates = new Map<House, number[]>(houses.map(house => [house, []]));
		const answered = new Map<House, Answered[]>(houses.map(house => [house, []]));
		const processor_ms = new Map<House, number>(houses.map(house => [house, 0]));
		for (const target of all.values()) await askMixed(target, {connections: CONNECTIONS, duration_ms: WARM_UP_MS});
		for (let round = 0; round < ROUNDS; round++) {
			for (const [house, target] of all) {
				const before = processorTime(house);
				const began = performance.now();
				const some = await askMixed(target, {connections: CONNECTIONS, duration_ms: ROUND_MS});
				rates.get(house)?.push((some.filter(({good}) => good).length * 1000) / (performance.now() - began));
				answered.get(house)?.push(...some);
				processor_ms.set(house, (processor_ms.get(house) ?? 0) + processorTime(house) - before);
			}
		}
		const perRound = (house: House) => rates.get(house) ?? [];
		const of = (house: House) => answered.get(house) ?? [];
		const ratio = (house: House, other: House) =>
			median(perRound(house).map((rate, round) => rate / (perRound(other)[round] ?? Number.NaN))).toFixed(2);
		printTable(`A mixed load, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ROUND_MS} ms in turn`, [
			[
				'',
				'requests a second',
				'p50',
				'p99',
				'of the first',
				'of the second',
				'processor time each',
				'not answered well',
			],
			...houses.map(house => [
				house,
				median(perRound(house)).toFixed(0),
				milliseconds(percentile(of(house), 0.5)),
				milliseconds(percentile(of(house), 0.99)),
				ratio(house, houses[0]),
				ratio(house, houses[1]),
				`${(((processor_ms.get(house) ?? 0) * 1000) / of(house).length).toFixed(0)} µs`,
				notGood(of(house)),
			]),
		]);
		printTable('p50 and p99 of each kind of request', [
			['', ...houses],
			...MIXED_KINDS.map(kind => [
				kind,
				...houses.map(house => {
					const some = of(house).filter(one => one.kind === kind);
					return some.length === 0
						? ''
						: `${milliseconds(percentile(some, 0.5))}, ${milliseconds(percentile(some, 0.99))}`;
				}),
			]),
		]);
	}

	/** Of our processes, not of the servers', which serve two of the houses. */
	function processorTime(house: House): number {
		const parts = [...services, 'nginx'].map(name => stack.parts[name]?.processes ?? []);
		const pids =
			house === houses[0] ? [own.pid] : house === houses[1] ? [beside.pid] : parts.flat().map(({pid}) => pid);
		return pids.flatMap(withDescendants).reduce((sum, pid) => sum + processorTimeOf(pid), 0);
	}

	async function whileDown(): Promise<void> {
		const target = targets.get(houses[2]);
		if (target === undefined) return;
		const rows: string[][] = [];
		for (const name of [...services, ...SERVERS]) {
			await stack.parts[name]?.kill();
			const some = await askMixed(target, {connections: CONNECTIONS, duration_ms: DOWN_MS});
			await stack.parts[name]?.start();
			const back = performance.now();
			while (!(await answersAll(target))) {
				if (performance.now() - back > PATIENCE_MS) throw new Error(`Not all is well again after ${name} is back`);
			}
			const again_ms = performance.now() - back;
			const served = MIXED_KINDS.map(kind => {
				const all = some.filter(one => one.kind === kind);
				return all.length === 0 ? '–' : `${((100 * all.filter(({good}) => good).length) / all.length).toFixed(0)} %`;
			});
			rows.push([name, ...served, milliseconds(again_ms)]);
		}
		printTable(`Served while a part is down, ${DOWN_MS / 1000} s each`, [
			['', ...MIXED_KINDS, 'all well again after'],
			...rows,
		]);
	}

	async function idleMemory(title: string, idle_ms: number): Promise<void> {
		await wait(idle_ms);
		const rows = await Promise.all(
			Object.values(stack.parts).map(async part => ({name: part.name, bytes: await part.memory_bytes()})),
		);
		const sum = (wanted: (name: string) => boolean) =>
			rows.filter(({name}) => wanted(name)).reduce((total, {bytes}) => total + bytes, 0);
		const tree = (pid: number, wanted: (name: string) => boolean) =>
			memoryOf(pid) +
			descendantsOf(pid)
				.filter(({name}) => wanted(name))
				.reduce((total, child) => total + memoryOf(child.pid), 0);
		printTable(title, [
			...rows.map(({name, bytes}) => [name, megabytes(bytes)]),
			['in parts: our processes together', megabytes(sum(name => services.includes(name)))],
			['in parts: nginx and the servers', megabytes(sum(name => !services.includes(name)))],
			[
				'one process, without its PostgreSQL',
				megabytes(tree(own.pid, name => !name.startsWith('postgres') && name !== 'unshare')),
			],
			['one process beside the same servers', megabytes(tree(beside.pid, () => true))],
		]);
	}
} finally {
	await end();
}

async function end(): Promise<void> {
	for (let step = remove.pop(); step !== undefined; step = remove.pop()) await step();
}

/** The stack's servers, and in each a place of its own. */
async function aHouseOfItsOwn({
	DATABASE_URL,
	CACHE_URL,
	BUS_URL,
	OBJECTS_URL,
}: ReturnType<typeof settingsOf>): Promise<Record<string, string>> {
	await asOwner(DATABASE_URL, sql => sql.run('create database one'));
	return {
		DATABASE_URL: DATABASE_URL.replace(/\/hearth(?=$|\?)/, '/one'),
		CACHE_URL: `${CACHE_URL}/1`,
		BUS_URL: `${BUS_URL}/one`,
		OBJECTS_URL: OBJECTS_URL.replace(/\/hearth(?=$|\?)/, '/one-process'),
	};
}

function percentile(answered: readonly Answered[], share: number): number {
	const sorted = answered.map(({ms}) => ms).sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A process with all it has started but a PostgreSQL of its own. */
function withDescendants(pid: number): number[] {
	const ours = descendantsOf(pid).filter(({name}) => !name.startsWith('postgres'));
	return [pid, ...ours.map(child => child.pid)];
}

/** How many were not answered as they should be, by the status they got. */
function notGood(answered: readonly Answered[]): string {
	const statuses = answered.filter(({good}) => !good).map(({status}) => status);
	return (
		[...new Set(statuses)]
			.map(status => `${statuses.filter(other => other === status).length} × ${status}`)
			.join(', ') || 'none'
	);
}

function milliseconds(ms: number): string {
	return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
