import test, {type ExecutionContext} from 'ava';
import {aDevice, aSyncHouse} from './fixtures.js';

async function twoDevices(t: ExecutionContext) {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	const [phone, laptop] = [aDevice(house, ada, 'phone'), aDevice(house, ada, 'laptop')];
	return {
		house,
		ada,
		phone,
		laptop,
		list: async (query = '') => house.get(`/api/v1/sync/conflicts${query}`, ada),
		resolve: (id: string, body: object) => house.post(`/api/v1/sync/conflicts/${id}/resolve`, body, ada),
		note: async (id = 'a') => (await phone.all())[`notes/${id}`],
	};
}

/** The phone's value of a field that asks the person is stored, and the laptop's waits. */
async function aManualConflict(t: ExecutionContext) {
	const two = await twoDevices(t);
	await two.phone.set('a', {decided: 'phone’s', title: 'one'});
	const {conflict} = await two.laptop.set('a', {decided: 'laptop’s', title: 'one'}, {base_version: 0});
	return {...two, id: conflict.conflict_id as string};
}

test('a conflict says what both began with, what each made of it, and whose it is', async t => {
	const {list, phone, laptop} = await twoDevices(t);
	await phone.set('a', {decided: 'both’s'});
	await phone.set('a', {decided: 'phone’s'}, {base_version: 1});
	const {conflict} = await laptop.set('a', {decided: 'laptop’s'}, {base_version: 1});
	const {data, meta} = await list();
	t.is(meta?.next_cursor, null);
	t.is(data.length, 1);
	t.like(data[0], {
		id: conflict.conflict_id,
		collection: 'notes',
		record_id: 'a',
		fields: ['decided'],
		base: {decided: 'both’s'},
		local: {decided: 'laptop’s'},
		server: {decided: 'phone’s'},
		device_id: 'laptop',
	});
});

test('conflicts are listed oldest first, page by page', async t => {
	const {list, phone, laptop} = await twoDevices(t);
	for (const id of ['a', 'b', 'c']) {
		await phone.set(id, {decided: 1});
		await laptop.set(id, {decided: 2}, {base_version: 0});
	}
	const first = await list('?limit=2');
	const rest = await list(`?limit=2&cursor=${first.meta?.next_cursor}`);
	t.deepEqual(
		[...first.data, ...rest.data].map(({record_id}: {record_id: string}) => record_id),
		['a', 'b', 'c'],
	);
	t.is(rest.meta?.next_cursor, null);
});

test('keep_local stores what the device had sent, and keep_server leaves what is stored', async t => {
	const one = await aManualConflict(t);
	const answer = await one.resolve(one.id, {resolution: 'keep_local'});
	t.like(answer, {status: 200, data: {id: one.id, resolution: 'keep_local', record_id: 'a', version: 2}});
	t.deepEqual(await one.note(), {decided: 'laptop’s', title: 'one'});
	t.deepEqual((await one.list()).data, []);
	const other = await aManualConflict(t);
	t.is((await other.resolve(other.id, {resolution: 'keep_server'})).status, 200);
	t.deepEqual(await other.note(), {decided: 'phone’s', title: 'one'});
	t.is((await other.phone.pull()).data.latest_version, 1);
});

test('merge stores what the person makes of both, and needs it', async t => {
	const {resolve, id, note} = await aManualConflict(t);
	t.is((await resolve(id, {resolution: 'merge'})).status, 400);
	t.is((await resolve(id, {resolution: 'keep_local', data: {}})).status, 400);
	t.is((await resolve(id, {resolution: 'perhaps'})).status, 400);
	t.is((await resolve(id, {resolution: 'merge', data: {title: 7}})).status, 400);
	t.is((await resolve(id, {resolution: 'merge', data: {decided: 'ours', count: 2}})).status, 200);
	t.deepEqual(await note(), {decided: 'ours', title: 'one', count: 2});
});

test('choosing the same again changes nothing, and choosing otherwise is refused', async t => {
	const {resolve, id, phone, note} = await aManualConflict(t);
	const first = await resolve(id, {resolution: 'keep_local'});
	await phone.set('a', {decided: 'later'}, {base_version: 2});
	const again = await resolve(id, {resolution: 'keep_local'});
	t.like(again, {status: 200, data: {resolved_at: first.data.resolved_at}});
	t.like(await note(), {decided: 'later'});
	t.like(await resolve(id, {resolution: 'keep_server'}), {status: 409, error: {code: 'CONFLICT'}});
});

test('two who choose at once: one choice stands', async t => {
	const {resolve, id, note} = await aManualConflict(t);
	const answers = await Promise.all([
		resolve(id, {resolution: 'keep_local'}),
		resolve(id, {resolution: 'merge', data: {decided: 'ours'}}),
	]);
	t.deepEqual(answers.map(({status}) => status).sort(), [200, 409]);
	t.is((await note())?.decided, answers[0]?.status === 200 ? 'laptop’s' : 'ours');
});

test('keep_server brings back what a close later write took over', async t => {
	const {phone, laptop, list, resolve, note} = await twoDevices(t);
	const now = Date.now();
	const at = (seconds: number) => ({client_timestamp: new Date(now + seconds * 1000).toISOString()});
	await phone.set('a', {title: 'phone’s', count: 1}, at(-60));
	t.is((await laptop.set('a', {title: 'laptop’s'}, {base_version: 0, ...at(-30)})).status, 'merged');
	t.is((await note())?.title, 'laptop’s');
	const [{id}] = (await list()).data;
	await resolve(id, {resolution: 'keep_server'});
	t.deepEqual(await note(), {title: 'phone’s', count: 1});
});

test('an edit below a tombstone comes back with the whole record, if the person wants it', async t => {
	const {phone, laptop, resolve, note, list} = await twoDevices(t);
	await phone.set('a', {title: 'one', count: 1, items: ['x']});
	await phone.drop('a');
	const {status, conflict} = await laptop.set('a', {title: 'two'}, {base_version: 1});
	t.is(status, 'conflict');
	t.is(await note(), undefined);
	t.like((await list()).data[0], {local: {title: 'two'}, server: null});
	t.is((await resolve(conflict.conflict_id, {resolution: 'keep_local'})).status, 200);
	t.deepEqual(await note(), {title: 'two', count: 1, items: ['x']});
});

test('an edit below a tombstone stays away where the person keeps the delete', async t => {
	const {phone, laptop, resolve, note} = await twoDevices(t);
	await phone.set('a', {title: 'one'});
	await phone.drop('a');
	const {conflict} = await laptop.set('a', {title: 'two'}, {base_version: 1});
	t.is((await resolve(conflict.conflict_id, {resolution: 'keep_server'})).status, 200);
	t.is(await note(), undefined);
});

test('a delete that buried an unseen edit can be undone, or stands', async t => {
	for (const [resolution, expected] of [
		['keep_server', {title: 'two', count: 1}],
		['keep_local', undefined],
	] as const) {
		const {phone, laptop, resolve, note} = await twoDevices(t);
		await phone.set('a', {title: 'one', count: 1});
		await phone.set('a', {title: 'two'});
		const {status, conflict} = await laptop.drop('a', {base_version: 1});
		t.is(status, 'merged');
		t.is(await note(), undefined);
		t.is((await resolve(conflict.conflict_id, {resolution})).status, 200);
		t.deepEqual(await note(), expected);
	}
});

test('a delete that lost to an edit, where edits win, deletes once the person says so', async t => {
	const {phone, laptop, resolve, note, house, ada} = await twoDevices(t);
	await phone.set('k', {title: 'one'}, {collection: 'keepers'});
	await phone.set('k', {title: 'two'}, {collection: 'keepers'});
	const {status, conflict} = await laptop.drop('k', {collection: 'keepers', base_version: 1});
	t.is(status, 'conflict');
	t.is((await house.get('/api/v1/keepers/k', ada)).status, 200);
	t.is((await resolve(conflict.conflict_id, {resolution: 'keep_local'})).status, 200);
	t.is((await house.get('/api/v1/keepers/k', ada)).status, 404);
	t.is(await note('k'), undefined);
});

test('a conflict of another person is not there', async t => {
	const {house, id} = await aManualConflict(t);
	const bob = await house.person();
	t.deepEqual((await house.get('/api/v1/sync/conflicts', bob)).data, []);
	t.is((await house.post(`/api/v1/sync/conflicts/${id}/resolve`, {resolution: 'keep_local'}, bob)).status, 404);
});

test('what was written since is the newest word, which keep_server leaves alone', async t => {
	const {phone, laptop, list, resolve, note} = await twoDevices(t);
	await phone.set('a', {title: 'phone’s'}, {client_timestamp: new Date(Date.now() - 60_000).toISOString()});
	await laptop.set('a', {title: 'laptop’s'}, {base_version: 0});
	const [{id}] = (await list()).data;
	await phone.set('a', {title: 'newest'}, {base_version: 2});
	t.is((await resolve(id, {resolution: 'keep_server'})).status, 200);
	t.deepEqual(await note(), {title: 'newest'});
});

test('a choice about a record that was deleted since brings it back whole, or leaves it deleted', async t => {
	const one = await aManualConflict(t);
	await one.phone.drop('a');
	t.is((await one.resolve(one.id, {resolution: 'keep_local'})).status, 200);
	t.deepEqual(await one.note(), {decided: 'laptop’s', title: 'one'});
	const other = await aManualConflict(t);
	await other.phone.drop('a');
	t.is((await other.resolve(other.id, {resolution: 'keep_server'})).status, 200);
	t.is(await other.note(), undefined);
});
