import auth from '@hearth/auth/plugin.js';
import test, {type ExecutionContext} from 'ava';
import sync from '../plugin.js';
import {aDevice, aSyncHouse, collections} from './fixtures.js';

const aHouseWithAccounts = (t: ExecutionContext) => aSyncHouse(t, {plugins: [auth, sync, collections]});

test('sync can be switched off and on again, and nothing is lost meanwhile', async t => {
	const house = await aHouseWithAccounts(t);
	const ada = await house.person();
	const phone = aDevice(house, ada);
	await phone.set('a', {title: 'one'});
	const change = (sync_enabled: boolean) => house.put('/api/v1/users/me', {sync_enabled}, ada);
	t.is((await change(false)).status, 200);
	const mutations = [{record_id: 'b', data: {title: 'two'}}];
	const refused = await house.until(async () => {
		const answer = await phone.push(...mutations);
		return answer.data.rejected.length === 1 ? answer : null;
	});
	t.like(refused.data, {
		latest_version: 1,
		accepted: [],
		rejected: [{code: 'SYNC_DISABLED'}],
		results: [{status: 'rejected'}],
	});
	t.like(await phone.pull(0), {status: 403, error: {code: 'SYNC_DISABLED'}});
	// At a screen the records are there and can be written all the while.
	t.is((await house.get('/api/v1/notes/a', ada)).data.title, 'one');
	t.is((await house.post('/api/v1/notes', {id: 'c', title: 'three'}, ada)).status, 201);
	await change(true);
	await house.until(async () => (await phone.push(...mutations)).data.accepted.length === 1);
	t.deepEqual(Object.keys(await phone.all()).sort(), ['notes/a', 'notes/b', 'notes/c']);
});

test('another person’s switch changes nothing', async t => {
	const house = await aHouseWithAccounts(t);
	const [ada, bob] = [await house.person(), await house.person()];
	await house.put('/api/v1/users/me', {sync_enabled: false}, bob);
	t.is((await aDevice(house, ada).set('a', {title: 'one'})).status, 'accepted');
});

test('the list of devices shows when each last synced, and a removed one is waited for no longer', async t => {
	const house = await aHouseWithAccounts(t);
	const ada = await house.person();
	const list = async () => (await house.get('/api/v1/users/me/devices', ada)).data;
	const [device] = await list();
	t.is(device.last_sync_at, null);
	const phone = aDevice(house, ada, device.id);
	await phone.set('a', {title: 'one'});
	const [pushed] = await list();
	t.true(Date.now() - Date.parse(pushed.last_sync_at) < 60_000);
	await phone.pull(0, {device_id: device.id});
	const [pulled] = await list();
	t.true(Date.parse(pulled.last_sync_at) > Date.parse(pushed.last_sync_at));
	t.is((await house.delete(`/api/v1/users/me/devices/${device.id}`, ada)).status, 204);
	await house.until(async () => {
		const {count} = await house.house.ports.database.as(ada.id, tx =>
			tx.one<{count: number}>('select count(*) from records.devices'),
		);
		return count === 0;
	});
	t.pass();
});

test('the archive of a person holds their records with their history; erased, nothing of it is left, and twice does no harm', async t => {
	const house = await aSyncHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	const context = house.house.contextOf('sync');
	const archive = async (id: string) => {
		const files: Record<string, unknown[]> = {};
		for (const exporter of sync.exporters ?? []) {
			for await (const {file, rows} of exporter(id, context)) files[file] = [...(files[file] ?? []), ...rows];
		}
		return files;
	};
	for (const person of [ada, bob]) {
		const [phone, laptop] = [aDevice(house, person, 'phone'), aDevice(house, person, 'laptop')];
		await phone.push(...Array.from({length: 600}, (_, n) => ({record_id: `r${n}`, data: {decided: 1}})));
		await laptop.set('r0', {decided: 2}, {base_version: 0});
		await phone.drop('r1');
		const {data} = await house.get('/api/v1/export', person);
		await house.post('/api/v1/import', {mode: 'replace', snapshot: data}, person);
	}
	const files = await archive(ada.id);
	t.deepEqual(
		Object.entries(files).map(([file, rows]) => `${file} ${rows.length}`),
		[
			'records.json 600',
			'record-changes.json 601',
			'record-conflicts.json 1',
			'sync-devices.json 2',
			'sync-mutations.json 602',
			'kept-snapshots.json 1',
		],
	);
	const others = await archive(bob.id);
	for (let round = 0; round < 2; round += 1) {
		for (const erase of sync.erasers ?? []) await erase(ada.id, context);
	}
	t.deepEqual(await archive(ada.id), {});
	t.deepEqual(await archive(bob.id), others);
	const objects = [];
	for await (const {key} of house.house.ports.objects.list('sync/')) objects.push(key.split('/')[1]);
	t.deepEqual(objects, [bob.id]);
	t.like((await aDevice(house, ada).pull(0)).data, {changes: [], latest_version: 0});
});
