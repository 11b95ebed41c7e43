import auth from '@hearth/auth/plugin.js';
import body from '@hearth/body/plugin.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import test from 'ava';
import rxdb from '../plugin.js';
import {anRxHouse, puller, pusher} from './fixtures.js';

test('without a token, of an unknown collection, in another dialect: refused in words, never 500', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	t.is((await house.get('/compat/rxdb/items/pull')).status, 401);
	t.is((await house.get('/compat/rxdb/unicorns/pull', ada)).status, 404);
	t.is((await house.get('/compat/rxdb/items/stream')).status, 401);
	const push = pusher(house, ada);
	for (const rows of [
		{changes: {items: {created: [], updated: [], deleted: []}}, lastPulledAt: 1},
		[{docs: []}],
		[null],
		[{newDocumentState: {name: 'no id'}}],
		[{newDocumentState: {id: 7}}],
		[{newDocumentState: {id: 'a'}, assumedMasterState: 'yes'}],
	]) {
		const {status, answer} = await push(rows);
		t.is(status, 400);
		t.is(typeof answer.error.message, 'string');
	}
	t.is((await push('nonsense')).status >= 400, true);
});

test('a row is a conflict where the document here differs from what the client assumed, and each row by itself', async t => {
	const house = await anRxHouse(t);
	const push = pusher(house, await house.person());
	const one = {id: 'a', name: 'one', _deleted: false};
	const two = {id: 'a', name: 'two', _deleted: false};
	const other = {id: 'b', name: 'other', _deleted: false};
	t.deepEqual((await push([{newDocumentState: one}])).answer, []);
	t.deepEqual((await push([{newDocumentState: one}])).answer, [], 'the same again');
	t.deepEqual((await push([{newDocumentState: two}, {newDocumentState: other}])).answer, [one], 'only its row');
	t.deepEqual((await push([{assumedMasterState: other, newDocumentState: other}])).answer, []);
	t.deepEqual((await push([{assumedMasterState: one, newDocumentState: two}])).answer, []);
	t.deepEqual((await push([{assumedMasterState: one, newDocumentState: two}])).answer, [], 'its answer was lost');
	t.deepEqual((await push([{assumedMasterState: one, newDocumentState: {...one, _deleted: true}}])).answer, [two]);
	t.deepEqual((await push([{assumedMasterState: two, newDocumentState: {...two, _deleted: true}}])).answer, []);
	t.deepEqual((await push([{assumedMasterState: two, newDocumentState: one}])).answer, [{...two, _deleted: true}]);
	t.deepEqual((await push([{newDocumentState: one}])).answer, [{...two, _deleted: true}], 'an old push, late');
	t.deepEqual(
		(await push([{newDocumentState: {id: 'never', _deleted: true}}])).answer,
		[],
		'deleting what is not there is nothing',
	);
});

test('two rows of one document in one body follow each other', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const [one, two] = [
		{id: 'a', name: 'one'},
		{id: 'a', name: 'two'},
	];
	const {answer} = await pusher(
		house,
		ada,
	)([
		{newDocumentState: one},
		{assumedMasterState: one, newDocumentState: two},
		{assumedMasterState: one, newDocumentState: {id: 'a', name: 'three'}},
	]);
	t.deepEqual(answer, [{...two, _deleted: false}]);
	t.is((await house.get('/api/v1/items/a', ada)).data.name, 'two');
});

test('the same body twice at once, and two that differ: one wins, the other is told', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const push = pusher(house, ada);
	const rows = Array.from({length: 50}, (_, n) => ({newDocumentState: {id: `i${n}`, name: `Thing ${n}`}}));
	const same = await Promise.all([push(rows), push(rows)]);
	t.deepEqual(
		same.map(({answer}) => answer),
		[[], []],
	);
	t.is((await puller(house, ada)('')).checkpoint.seq, 50);
	const base = {id: 'i0', name: 'Thing 0', _deleted: false};
	const rivals = await Promise.all(
		['red', 'blue', 'green'].map(name => push([{assumedMasterState: base, newDocumentState: {...base, name}}])),
	);
	const told = rivals.flatMap(({answer}) => answer);
	const {name} = (await house.get('/api/v1/items/i0', ada)).data;
	t.deepEqual(
		told.map(document => document.name),
		[name, name],
	);
});

test('pull: empty at first, then each document once, full pages, and a short one at the end', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const pull = puller(house, ada);
	t.like(await pull('limit=10'), {status: 200, documents: [], checkpoint: {seq: 0}});
	await pusher(house, ada)(Array.from({length: 7}, (_, n) => ({newDocumentState: {id: `i${n}`, name: `Thing ${n}`}})));
	await house.post('/api/v1/lists', {id: 'l', name: 'Not an item'}, ada);
	const seen: string[] = [];
	let query = 'checkpoint=null';
	for (;;) {
		const {documents, checkpoint} = await pull(`${query}&limit=3`);
		seen.push(...documents.map(({id}: {id: string}) => id));
		query = `checkpoint=${encodeURIComponent(JSON.stringify(checkpoint))}`;
		if (documents.length < 3) break;
	}
	t.deepEqual(
		seen,
		Array.from({length: 7}, (_, n) => `i${n}`),
	);
	t.like(await pull(`${query}&limit=3`), {documents: [], checkpoint: {seq: 8}});
	t.is((await pull('limit=0')).status, 400);
	t.is((await pull('limit=10001')).status, 400);
	t.is((await pull('limit=10000')).documents.length, 7);
	for (const odd of ['seq=abc', 'checkpoint=%7B%22updatedAt%22:1%7D', 'checkpoint=nonsense', 'seq=1e99']) {
		t.is((await pull(`${odd}&limit=10`)).documents.length, 7, odd);
	}
});

test('a page that its bytes would cut is filled up, so that no client takes it for the last', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const push = pusher(house, ada);
	for (let part = 0; part < 2; part += 1) {
		const rows = Array.from({length: 10}, (_, n) => ({
			newDocumentState: {id: `i${part}${n}`, name: 'large', diary: `${part}${n}`.repeat(225_000)},
		}));
		// What compresses is small on the disk: letters that do not.
		for (const {newDocumentState} of rows) {
			newDocumentState.diary = Array.from({length: 450_000}, () => Math.random().toString(36)[2])
				.join('')
				.slice(0, 900_000);
		}
		t.deepEqual((await push(rows)).answer, []);
	}
	const pull = puller(house, ada);
	const seen = new Set<string>();
	let query = '';
	let pages = 0;
	for (;;) {
		const {documents, checkpoint} = await pull(`${query}limit=15`);
		for (const {id} of documents) seen.add(id);
		pages += 1;
		query = `seq=${checkpoint.seq}&epoch=${checkpoint.epoch}&`;
		if (documents.length < 15) break;
		t.is(documents.length, 15);
	}
	t.is(seen.size, 20);
	t.true(pages >= 2);
});

test('nobody sees or changes another’s documents, also with another’s ids and checkpoints', async t => {
	const house = await anRxHouse(t);
	const [ada, bob] = [await house.person(), await house.person()];
	await pusher(house, ada)([{newDocumentState: {id: 'a', name: 'Ada’s'}}]);
	const {checkpoint} = await puller(house, ada)('');
	t.deepEqual((await puller(house, bob)(`seq=${checkpoint.seq}&epoch=${checkpoint.epoch}`)).documents, []);
	t.deepEqual((await pusher(house, bob)([{newDocumentState: {id: 'a', name: 'Bob’s'}}])).answer, []);
	t.is((await house.get('/api/v1/items/a', ada)).data.name, 'Ada’s');
	t.is((await house.get('/api/v1/items/a', bob)).data.name, 'Bob’s');
});

test('an id that cannot be, and a record that lacks what it needs, are answered as not there, and stop no others', async t => {
	const house = await anRxHouse(t, {plugins: [sync, planner, body, rxdb]});
	const ada = await house.person();
	let deep: Record<string, unknown> = {};
	for (let depth = 0; depth < 3_000; depth += 1) deep = {deep};
	const push = pusher(house, ada);
	const {status, answer} = await push([
		{newDocumentState: {id: 'a\0c', deep}},
		{newDocumentState: {id: 'deep', name: 'kept', deep}},
		{newDocumentState: {id: 'a\0b', name: 'odd'}},
		{newDocumentState: {id: '', name: 'odd'}},
		{newDocumentState: {id: 'x'.repeat(300), name: 'odd'}},
		{newDocumentState: {id: 'a\ud800', name: 'odd'}},
		{newDocumentState: {id: 'good', name: 'Socks', deep: JSON.parse('{"__proto__":{"a":1},"b":2}')}},
	]);
	t.is(status, 200);
	t.deepEqual(
		answer.map(({_deleted}: {_deleted: boolean}) => _deleted),
		[true, true, true, true, true],
	);
	t.is((await house.get('/api/v1/items/deep', ada)).data.name, 'kept');
	t.deepEqual((await house.get('/api/v1/items/good', ada)).data.deep, {b: 2});
	const weighed = await house.ask('POST', '/compat/rxdb/weights/push', {
		as: ada,
		body: [
			{newDocumentState: {id: 'w1', date: '2026-01-01'}},
			{newDocumentState: {id: 'w2', date: '2026-01-02T08:00:00Z', weight_kg: '81.5'}},
		],
	});
	t.deepEqual(JSON.parse(weighed.body.toString()), [{id: 'w1', date: '2026-01-01', _deleted: true}]);
	t.like((await house.get('/api/v1/weights/w2', ada)).data, {date: '2026-01-02', weight_kg: 81.5});
});

test('below the floor of forgotten deletes all is told anew, and what an old phone still holds does not come back', async t => {
	const house = await anRxHouse(t);
	const ada = await house.person();
	const push = pusher(house, ada);
	for (const id of ['a', 'b', 'c', 'd']) await push([{newDocumentState: {id, name: id}}]);
	const old = (await puller(house, ada)('')).checkpoint;
	await house.delete('/api/v1/items/b', ada);
	await house.put('/api/v1/items/a', {name: 'newer'}, ada);
	await house.delete('/api/v1/items/c', ada);
	// As compaction leaves it when only the delete of b is old enough.
	await house.house.contextOf('sync').db.as(ada.id, async tx => {
		await tx.run(`delete from records.records where space_id = $1 and id = 'b'`, [ada.id]);
		await tx.run('update records.heads set floor = 5 where space_id = $1', [ada.id]);
	});
	const seen: Record<string, boolean> = {};
	let {seq, epoch} = old;
	for (;;) {
		const page = await puller(house, ada)(`seq=${seq}&epoch=${epoch}&limit=1`);
		t.is(page.status, 200, JSON.stringify(page));
		for (const {id, _deleted} of page.documents) seen[id] = _deleted;
		({seq, epoch} = page.checkpoint);
		if (page.documents.length < 1) break;
	}
	t.deepEqual(seen, {a: false, d: false, c: true});
	const b = {id: 'b', name: 'b', _deleted: false};
	const {answer} = await push([{assumedMasterState: b, newDocumentState: {...b, name: 'edited'}}]);
	t.deepEqual(answer, [{id: 'b', name: 'edited', _deleted: true}]);
	t.is((await house.get('/api/v1/items/b', ada)).status, 404);
	const fresh = await puller(house, ada)('limit=1');
	t.true(fresh.checkpoint.seq >= 5, 'a first page is not cut below the floor');
});

test('who switched sync off is told so, and nothing is taken', async t => {
	const house = await anRxHouse(t, {plugins: [auth, sync, planner, rxdb]});
	const ada = await house.person();
	t.is((await house.put('/api/v1/users/me', {sync_enabled: false}, ada)).status, 200);
	t.is((await puller(house, ada)('')).status, 403);
	const {status, answer} = await pusher(house, ada)([{newDocumentState: {id: 'a', name: 'Socks'}}]);
	t.is(status, 403);
	t.is(answer.error.code, 'SYNC_DISABLED');
	t.is((await house.get('/api/v1/items/a', ada)).status, 404);
});
