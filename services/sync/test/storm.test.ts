import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {startHouse} from './start-house.js';
import {type DeviceState, fileOf, randomOf} from './storm-devices.js';

const PEOPLE = 10;
const DEVICES_EACH = 5;
const PROCESSES = 5;
const STEPS = 150;

const PROGRAM = fileURLToPath(new URL('storm-devices.js', import.meta.url));

test('fifty devices of ten people push and pull at once while house and devices are killed: in the end all agree, and no mutation is lost', async t => {
	t.timeout(110_000);
	const seed = Number(process.env.HEARTH_STORM_SEED ?? Math.floor(Math.random() * 1e9));
	t.log(`HEARTH_STORM_SEED=${seed}`);
	const random = randomOf(seed);
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-storm-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	const house = await startHouse(t);
	const people: {token: string; devices: string[]}[] = [];
	for (let n = 0; n < PEOPLE; n += 1) {
		const token = await house.account(`person${n}@example.org`);
		people.push({token, devices: Array.from({length: DEVICES_EACH}, (_, d) => `p${n}-d${d}`)});
	}
	const all = people.flatMap(({token, devices}) => devices.map(id => ({id, token})));

	const running = new Set<ChildProcess>();
	t.teardown(() => {
		for (const child of running) child.kill('SIGKILL');
	});
	/** A process with every fifth device, so that each person's are in all of them. True once it has come to its end by itself. */
	const run = async (index: number, finish: boolean): Promise<boolean> => {
		const devices = all.filter((_, n) => n % PROCESSES === index);
		const told = JSON.stringify({url: house.url, folder, seed: seed + index, steps: STEPS, devices});
		const child = fork(PROGRAM, [told, ...(finish ? ['finish'] : [])], {
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		running.add(child);
		const [code, signal] = await once(child, 'exit');
		running.delete(child);
		if (code !== 0 && signal !== 'SIGKILL') throw new Error(`Devices ended with ${code}`);
		return code === 0;
	};
	const untilDone = async (index: number) => {
		while (!(await run(index, false))) await sleep(50);
	};

	let storming = true;
	let kills = 0;
	const storm = (async () => {
		while (storming) {
			await sleep(200 + random() * 500);
			if (!storming) return;
			if (random() < 0.3) {
				await house.kill();
				await house.start();
			} else {
				const victims = [...running];
				victims[Math.floor(random() * victims.length)]?.kill('SIGKILL');
			}
			kills += 1;
		}
	})();
	await Promise.all(Array.from({length: PROCESSES}, (_, index) => untilDone(index)));
	storming = false;
	await storm;
	t.log(`${kills} kills`);
	t.true(kills > 0);
	// Twice: what the last to hand over changed, the first has yet to pull.
	for (let round = 0; round < 2; round += 1) {
		t.deepEqual(
			await Promise.all(Array.from({length: PROCESSES}, (_, index) => run(index, true))),
			Array.from({length: PROCESSES}, () => true),
		);
	}

	let made = 0;
	for (const {token, devices} of people) {
		const truth = await fresh(house.url, token);
		for (const id of devices) {
			const state = JSON.parse(await readFile(fileOf(folder, id), 'utf8')) as DeviceState;
			t.deepEqual(state.records, truth.records, `${id} holds what the house holds`);
			t.deepEqual(state.queue, []);
			const lost = Object.entries(state.made).filter(([, status]) => status === '' || status === 'rejected');
			t.deepEqual(lost, [], `every mutation of ${id} was taken`);
			made += Object.keys(state.made).length;
			for (const [mutation, status] of Object.entries(state.made))
				t.true(truth.known.has(`${id} ${mutation}`) || status === '');
		}
		t.deepEqual(
			truth.versions,
			Array.from({length: truth.head}, (_, n) => n + 1),
			'the log has no gap',
		);
	}
	t.log(`${made} mutations`);

	async function fresh(url: string, token: string) {
		const user = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {sub: string};
		const answer = await fetch(`${url}/api/v1/sync/pull`, {
			method: 'POST',
			headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
			body: JSON.stringify({since: 0, limit: 10_000}),
		});
		const {data} = (await answer.json()) as {
			data: {latest_version: number; changes: {record_id: string; version: number; data: unknown}[]};
		};
		const records: DeviceState['records'] = {};
		for (const {record_id, version, data: fields} of data.changes) records[record_id] = {version, data: fields};
		return house.database.as(user.sub, async tx => ({
			records,
			head: data.latest_version,
			versions: (await tx.many<{version: number}>('select version from records.changes order by version')).map(
				({version}) => version,
			),
			known: new Set(
				(await tx.many<{device_id: string; id: string}>('select device_id, id from records.mutations')).map(
					({device_id, id}) => `${device_id} ${id}`,
				),
			),
		}));
	}
});
