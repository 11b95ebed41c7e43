import auth from '@hearth/auth/plugin.js';
import {aHouse} from '@hearth/host/testing.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import couchdb from '../plugin.js';
import {aPouchHouse, everything, type Pouch, read, remoteOf, replicate} from './pouches.js';

/** Numbers below n, the same of the same seed. */
function randomOf(seed: number): (n: number) => number {
	let state = seed;
	return n => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * n);
	};
}

const SEEDS = [1, 2, 3];
const STEPS = 60;

for (const seed of SEEDS) {
	test(`whatever two devices and another door do to the same records, all come to the same, and the winner is the record (seed ${seed})`, async t => {
		const {device, remote, person, get, put, post, delete: remove} = await aPouchHouse(t);
		const someone = await person();
		const house = remote(someone, 'weights');
		const devices = [device(), device()] as [Pouch, Pouch];
		const random = randomOf(seed);
		const edit = () =>
			[{weight_kg: 1 + random(100)}, {notes: `note ${random(100)}`}, {mood: random(9)}][random(3)] ?? {};
		for (let step = 0; step < STEPS; step += 1) {
			const db = devices[random(2)] ?? devices[0];
			const _id = `w${random(3)}`;
			const known = await read(db, _id).catch(() => null);
			const day = {date: '2026-03-01', weight_kg: 80};
			switch (random(8)) {
				case 0:
				case 1:
				case 2:
					await db.put({...(known ?? day), ...edit(), _id, _conflicts: undefined});
					break;
				case 3:
					if (known !== null) await db.remove({_id, _rev: known._conflicts?.[0] ?? known._rev});
					break;
				case 4:
					if ((await put(`/api/v1/weights/${_id}`, edit(), someone)).status === 404)
						await post('/api/v1/weights', {id: _id, ...day, ...edit()}, someone);
					break;
				case 5:
					if (random(3) === 0) await remove(`/api/v1/weights/${_id}`, someone);
					break;
				case 6:
					await db.replicate.to(house);
					break;
				default:
					await replicate(db, house);
			}
		}
		for (const db of [...devices, ...devices]) await replicate(db, house);
		const [first, second] = devices;
		t.deepEqual(await everything(first), await everything(second), `seed ${seed}`);
		t.deepEqual(await everything(first), await everything(house), `seed ${seed}`);
		const records: {id: string; [field: string]: unknown}[] = (await get('/api/v1/weights', someone)).data;
		const {rows} = await first.allDocs({include_docs: true});
		t.deepEqual(
			rows.map(({id}) => id),
			records.map(({id}) => id).sort(),
			`seed ${seed}`,
		);
		for (const {id, doc} of rows) {
			const record = records.find(one => one.id === id);
			for (const field of ['weight_kg', 'notes', 'mood', 'date']) {
				t.deepEqual(doc?.[field] ?? null, record?.[field] ?? null, `seed ${seed}: ${field} of ${id}`);
			}
		}
	});
}

test('what another door does to a document of a free database reaches the devices as its next revision', async t => {
	const {device, remote, person, ask} = await aPouchHouse(t);
	const someone = await person();
	const phone = device();
	await phone.put({_id: 'tent', n: 1});
	await replicate(phone, remote(someone, 'packing'));
	const push = (op: string, record_id: string, data?: object) => ({
		id: `${op} ${record_id}`.replaceAll(/[^a-z]/g, '-'),
		collection: 'documents',
		record_id,
		op,
		...(data === undefined ? {} : {data}),
		client_timestamp: new Date().toISOString(),
	});
	const mutations = [
		push('upsert', 'packing/tent', {database: 'packing', body: '{"n":2,"of":"an import"}'}),
		push('upsert', 'packing/stove', {database: 'packing', body: '{"n":3}'}),
		push('upsert', 'packing/broken', {database: 'packing', body: '{"_id":"x"'}),
	];
	const answer = await ask('POST', '/api/v1/sync/push', {as: someone, body: {device_id: 'other', mutations}});
	t.is(answer.data.rejected.length, 1);
	await replicate(phone, remote(someone, 'packing'));
	t.like(await phone.get('tent'), {n: 2, of: 'an import'});
	t.regex((await phone.get('tent'))._rev, /^2-/);
	t.like(await phone.get('stove'), {n: 3});
	await ask('POST', '/api/v1/sync/push', {
		as: someone,
		body: {device_id: 'other', mutations: [push('delete', 'packing/tent')]},
	});
	await replicate(phone, remote(someone, 'packing'));
	t.deepEqual(
		(await phone.allDocs()).rows.map(({id}) => id),
		['stove'],
	);
});

test('who has switched sync off is told so, and everything goes on where it was once it is on again', async t => {
	const house = await aHouse(t, {plugins: [auth, couchdb, sync]});
	const someone = await house.person();
	const notes = remoteOf(house, someone, 'notes');
	await notes.put({_id: 'd', n: 1});
	await house.put('/api/v1/users/me', {sync_enabled: false}, someone);
	const refused = await house.get('/compat/couchdb/notes/_changes', someone);
	t.is(refused.status, 403);
	t.is(JSON.parse(refused.body.toString()).error, 'forbidden');
	await house.put('/api/v1/users/me', {sync_enabled: true}, someone);
	t.is((await notes.get('d')).n, 1);
});
