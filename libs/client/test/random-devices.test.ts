import {randomUUID} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {memoryStore} from '../memory-store.js';
import type {Store} from '../store.js';
import {type Account, aSyncHouse, type Device} from './devices.js';
import {type Fault, seeded, unreliable} from './unreliable-fetch.js';

const DEVICES = 3;
const STEPS = 120;
// More of them: HEARTH_TEST_SEEDS=500 npx ava libs/client/test/random-devices.test.js
const SEEDS = Number(process.env.HEARTH_TEST_SEEDS ?? 8);
const FIRST_SEED = Number(process.env.HEARTH_TEST_FIRST_SEED ?? 1);
const FAULTS: Fault[] = ['request lost', 'answer lost', 'sent twice', 'late'];

/** A device whose process can die at any moment, and start again on what was kept. */
async function aMortal(account: Account, fetch: ReturnType<typeof unreliable>) {
	const kept = memoryStore();
	const device_id = randomUUID();
	const open = async () => {
		const life = {over: false};
		const alive = async <Result>(work: () => Promise<Result>): Promise<Result> => {
			if (life.over) await new Promise(() => {});
			const result = await work();
			// A dead process hears of nothing any more, though it may be on the disk.
			if (life.over) await new Promise(() => {});
			return result;
		};
		const store: Store = {
			read: work => alive(() => kept.read(work)),
			write: work => alive(() => kept.write(work)),
			close: async () => {},
		};
		return {life, client: await account.aDevice({store, device_id, fetch, isDead: () => life.over})};
	};
	let {life, client} = await open();
	return {
		get client(): Device {
			return client;
		},
		async die() {
			life.over = true;
			({life, client} = await open());
		},
	};
}

/** Who wrote what, to know in the end what must be there. */
interface Written {
	by: Set<number>;
	titles: string[];
	isDeleted: boolean;
}

async function converges(t: ExecutionContext, account: Account, seed: number) {
	const random = seeded(seed);
	const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
	let isRough = false;
	const happened = {requests: 0, faults: 0, deaths: 0};
	const fetch = unreliable(url => {
		if (!isRough || !url.includes('/sync/')) return 'none';
		happened.requests += 1;
		if (random() > 0.3) return 'none';
		happened.faults += 1;
		return pick(FAULTS);
	});
	const devices = [];
	for (let n = 0; n < DEVICES; n += 1) devices.push(await aMortal(account, fetch));
	const written = new Map<string, Written>();
	const note = (id: string, by: number, title?: string) => {
		const one = written.get(id) ?? {by: new Set(), titles: [], isDeleted: false};
		one.by.add(by);
		if (title === undefined) one.isDeleted = true;
		else one.titles.push(title);
		written.set(id, one);
	};

	isRough = true;
	for (let step = 0; step < STEPS; step += 1) {
		const by = Math.floor(random() * DEVICES);
		const device = devices[by];
		if (device === undefined) continue;
		const lists = device.client.collection('lists');
		const ids = (await lists.list()).map(({id}) => id);
		const title = `${by}.${step}`;
		const choice = random();
		if (choice < 0.3 || ids.length === 0) note((await lists.create({title})).id, by, title);
		else if (choice < 0.6) {
			const id = pick(ids);
			// Another device's delete may have come a moment ago.
			if ((await lists.get(id)) === null) continue;
			note(id, by, title);
			await lists.update(id, random() < 0.5 ? {title} : {title, n: step}).catch(() => {});
		} else if (choice < 0.68) {
			const id = pick(ids);
			note(id, by);
			await lists.delete(id);
		} else if (choice < 0.8) void device.client.sync();
		else if (choice < 0.95) await device.client.sync();
		else {
			happened.deaths += 1;
			void device.client.sync();
			const turns = Math.floor(random() * 30);
			for (let turn = 0; turn < turns; turn += 1) await new Promise(resolve => setImmediate(resolve));
			await device.die();
		}
	}

	isRough = false;
	for (let round = 0; round < 3; round += 1) for (const {client} of devices) await client.sync();
	const copies: {id: string; title: string; n?: number}[][] = [];
	for (const [n, {client}] of devices.entries()) {
		t.like(client.status(), {state: 'idle', pending: 0, rejected: 0, loss: null}, `seed ${seed}, device ${n}`);
		t.deepEqual(await client.verify(), [], `seed ${seed}, device ${n}`);
		copies.push((await client.collection('lists').list()).map(({id, data}) => ({id, ...data})));
	}
	t.log(`seed ${seed}: ${JSON.stringify(happened)}`);
	for (const copy of copies) t.deepEqual(copy, copies[0], `seed ${seed}`);
	for (const [id, {by, titles, isDeleted}] of written) {
		const found = copies[0]?.find(record => record.id === id);
		if (isDeleted) continue;
		t.true(found !== undefined, `seed ${seed}: ${id} was written and never deleted`);
		t.true(titles.includes(found?.title ?? ''), `seed ${seed}: ${id}`);
		if (by.size === 1) t.is(found?.title, titles.at(-1), `seed ${seed}: ${id} was written by one device alone`);
	}
}

test('three devices on a bad line that die at any moment end up the same as the server', async t => {
	t.timeout(120_000 + SEEDS * 30_000);
	const {anAccount} = await aSyncHouse(t);
	for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) await converges(t, await anAccount(), seed);
});
