import {setTimeout as sleep} from 'node:timers/promises';
import auth from '@hearth/auth/plugin.js';
import sync from '@hearth/sync/plugin.js';
import {startHouse} from '@hearth/sync/test/start-house.js';
import test from 'ava';
import training from '../plugin.js';

const WORKOUTS = 1000;
const EXERCISES = 4;
const SETS = 5;
const RECORDS = WORKOUTS * (1 + EXERCISES * (1 + SETS));

/** Years of training; filled up with notes until it is as long as a file may be. */
function years(): string {
	const rows = [
		'Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,Workout Notes,RPE',
	];
	for (let workout = 0; workout < WORKOUTS; workout += 1) {
		const at = new Date(Date.UTC(2020, 0, 1 + workout, 18)).toISOString().slice(0, 19).replace('T', ' ');
		for (let exercise = 0; exercise < EXERCISES; exercise += 1) {
			for (let set = 1; set <= SETS; set += 1) {
				rows.push(`${at},"Evening",1h 5m,"Exercise ${exercise}",${set},80,8,0,0,"${'ž'.repeat(450)}","",8`);
			}
		}
	}
	return rows.join('\n');
}

test('the largest file passes through a small process; killed in the middle, the same file again brings the rest', async t => {
	t.timeout(170_000);
	const house = await startHouse(t, {
		heap_mb: 96,
		plugins: [auth, sync, training],
		script: new URL('house-process.js', import.meta.url),
	});
	const token = await house.account('ada@example.org');
	const headers = {authorization: `Bearer ${token}`, 'content-type': 'text/csv'};
	const csv = years();
	t.true(Buffer.byteLength(csv) > 18 * 1024 * 1024);
	const send = async () => {
		const answer = await fetch(`${house.url}/api/v1/import/workouts`, {method: 'POST', headers, body: csv});
		return {status: answer.status, json: (await answer.json()) as {data: Record<string, number>}};
	};
	const stored = async (): Promise<number> => {
		const answer = await fetch(`${house.url}/api/v1/sync/checksum`, {headers});
		const {data} = (await answer.json()) as {data: {collections: Record<string, {count: number}>}};
		return Object.values(data.collections).reduce((sum, {count}) => sum + count, 0);
	};
	const interrupted = send().catch(() => null);
	while ((await stored()) < RECORDS / 10) await sleep(20);
	await house.kill();
	t.is(await interrupted, null);
	await house.start();
	const before = await stored();
	t.true(before < RECORDS);
	const {status, json} = await send();
	t.is(status, 200);
	t.like(json.data, {workouts: WORKOUTS, added: RECORDS - before, unchanged: before, updated: 0, bad_rows: 0});
	t.is(await stored(), RECORDS);
	t.true(house.isRunning());
});
