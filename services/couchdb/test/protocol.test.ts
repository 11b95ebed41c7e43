import type {AskOptions, Person} from '@hearth/host/testing.js';
import test, {type ExecutionContext} from 'ava';
import {aPouchHouse} from './pouches.js';

/** Asks as a client would whose code is not PouchDB's, and reads what comes. */
async function aClient(t: ExecutionContext) {
	const house = await aPouchHouse(t);
	const ask = async (method: string, path: string, as: Person | undefined, body?: unknown) => {
		const options: AskOptions = {as, ...(body === undefined ? {} : {body})};
		const answer = await house.ask(method, `/compat/couchdb${path}`, options);
		return {status: answer.status, said: JSON.parse(answer.body.toString() || 'null')};
	};
	return {...house, ask};
}

/** A document as replication sends it: with the names of its revisions, newest first. */
const named = (id: string, names: string[], more: object = {}) => ({
	_id: id,
	_rev: `${names.length}-${names[0]}`,
	_revisions: {start: names.length, ids: names},
	...more,
});

test('a database is not there until it is made, cannot be made twice, and that of a collection always is', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	t.deepEqual((await ask('GET', '/notes/', me)).said, {error: 'not_found', reason: 'Database does not exist.'});
	t.like(await ask('PUT', '/notes/', me, {}), {status: 201, said: {ok: true}});
	t.like(await ask('PUT', '/notes', me), {status: 412, said: {error: 'file_exists'}});
	t.like(await ask('GET', '/notes', me), {status: 200, said: {db_name: 'notes', doc_count: 0}});
	t.like(await ask('GET', '/weights', me), {status: 200, said: {db_name: 'weights'}});
	t.like(await ask('PUT', '/weights', me), {status: 412});
	t.like(await ask('PUT', '/Not-A-Name', me), {status: 400, said: {error: 'bad_request'}});
	t.like(await ask('GET', '/', me), {status: 200, said: {couchdb: 'Welcome'}});
	t.like(await ask('GET', '/notes', undefined), {status: 401, said: {error: 'unauthorized'}});
	t.like(await ask('GET', '/notes/a/b/c/d', me), {status: 404, said: {error: 'not_found'}});
});

test('a checkpoint is kept under its revision; one made of an older is refused, and each person has their own', async t => {
	const {ask, person} = await aClient(t);
	const [me, other] = [await person(), await person()];
	for (const one of [me, other]) await ask('PUT', '/notes', one);
	const at = '/notes/_local/a%3D%3D';
	t.like(await ask('GET', at, me), {status: 404, said: {error: 'not_found'}});
	t.like(await ask('PUT', at, me, {last_seq: 1, history: [{last_seq: 1}]}), {status: 201, said: {rev: '0-1'}});
	t.is((await ask('PUT', at, me, {last_seq: 2})).status, 409);
	t.like(await ask('PUT', at, me, {last_seq: 2, _rev: '0-1'}), {said: {rev: '0-2'}});
	t.deepEqual((await ask('GET', at, me)).said, {_id: '_local/a==', _rev: '0-2', last_seq: 2});
	t.is((await ask('GET', at, other)).status, 404);
	t.like(await ask('PUT', at, other, {_rev: '0-7', last_seq: 9}), {said: {rev: '0-1'}}, 'after a loss it begins again');
});

test('of revisions those are missing that are neither here nor ancestors of what is; a known one takes no new number', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const docs = [named('d', ['c', 'b', 'a'], {n: 1})];
	t.deepEqual((await ask('POST', '/notes/_bulk_docs', me, {docs, new_edits: false})).said, []);
	t.deepEqual((await ask('POST', '/notes/_revs_diff', me, {d: ['3-c', '1-a', '3-x'], e: ['1-z']})).said, {
		d: {missing: ['3-x']},
		e: {missing: ['1-z']},
	});
	const {said: before} = await ask('GET', '/notes/_changes?style=all_docs', me);
	await Promise.all([1, 2, 3].map(() => ask('POST', '/notes/_bulk_docs', me, {docs, new_edits: false})));
	t.deepEqual((await ask('GET', '/notes/_changes?style=all_docs', me)).said, before);
	t.deepEqual((await ask('GET', `/notes/_changes?since=${before.last_seq}`, me)).said.results, []);
});

test('a body never changes under its revision', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const send = (n: number) => ask('POST', '/notes/_bulk_docs', me, {docs: [named('d', ['a'], {n})], new_edits: false});
	await send(1);
	await send(2);
	t.is((await ask('GET', '/notes/d', me)).said.n, 1);
});

test('a losing leaf gives its document a new number, lists both leaves, and comes with what has become of it', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const send = (...docs: object[]) => ask('POST', '/notes/_bulk_docs', me, {docs, new_edits: false});
	await send(named('d', ['z', 'a'], {n: 'winner'}), named('other', ['a']));
	const {said: first} = await ask('GET', '/notes/_changes?style=all_docs', me);
	await send(named('d', ['b', 'a'], {n: 'loser'}));
	const {said: next} = await ask('GET', `/notes/_changes?style=all_docs&since=${first.last_seq}`, me);
	t.deepEqual(
		next.results.map(({id, changes}: {id: string; changes: unknown}) => ({id, changes})),
		[{id: 'd', changes: [{rev: '2-z'}, {rev: '2-b'}]}],
	);
	const wanted = {
		docs: [{id: 'd', rev: '1-a'}, {id: 'd', rev: '2-b'}, {id: 'd', rev: '9-none'}, {id: 'nowhere'}],
	};
	const {said} = await ask('POST', '/notes/_bulk_get?revs=true&latest=true', me, wanted);
	t.deepEqual(
		said.results.map(({docs}: {docs: {ok?: {n: string}; error?: {error: string}}[]}) =>
			docs.map(({ok, error}) => ok?.n ?? error?.error),
		),
		[['winner', 'loser'], ['loser'], ['not_found'], ['not_found']],
	);
	t.deepEqual(said.results[1].docs[0].ok._revisions, {start: 2, ids: ['b', 'a']});
	const open = await ask('GET', `/notes/d?revs=true&latest=true&open_revs=${encodeURIComponent('["2-b","3-q"]')}`, me);
	t.like(open.said, [{ok: {n: 'loser'}}, {missing: '3-q'}]);
	t.deepEqual((await ask('GET', '/notes/d?conflicts=true', me)).said._conflicts, ['2-b']);
});

test('pages of changes join without a gap, and the last number is never past what was listed', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const docs = Array.from({length: 25}, (_, index) => named(`d${index}`, ['a'], {index}));
	await ask('POST', '/notes/_bulk_docs', me, {docs, new_edits: false});
	const seen: string[] = [];
	for (let since = '0', pages = 0; ; pages += 1) {
		const {said} = await ask('GET', `/notes/_changes?limit=10&since=${since}`, me);
		t.true(pages <= 3);
		if (said.results.length === 0) break;
		t.is(said.last_seq, said.results.at(-1).seq);
		seen.push(...said.results.map(({id}: {id: string}) => id));
		since = said.last_seq;
	}
	t.deepEqual(seen.sort(), docs.map(({_id}) => _id).sort());
	const {said: chosen} = await ask('POST', '/notes/_changes?filter=_doc_ids', me, {doc_ids: ['d3', 'd4', 'none']});
	t.is(chosen.results.length, 2);
	t.like(await ask('GET', '/notes/_changes?filter=app/mine', me), {status: 400, said: {error: 'bad_request'}});
	t.like(await ask('GET', '/notes/_changes?feed=continuous', me), {status: 400});
});

test('a number from the future, of another house, or of no kind at all starts over', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	await ask('POST', '/notes/_bulk_docs', me, {docs: [named('d', ['a'])], new_edits: false});
	for (const since of ['999', '1-00000000', '1-g1AAAACbeJz', '-1', 'x', '1e9', '%5B1%5D', '2026-01-01T00:00:00Z']) {
		const {status, said} = await ask('GET', `/notes/_changes?since=${since}`, me);
		t.is(status, 200, since);
		t.is(said.results.length, 1, since);
	}
	t.is((await ask('GET', '/notes/_changes?since=now', me)).said.results.length, 0);
});

test('what another person has is not there: no database, document, checkpoint or number of theirs', async t => {
	const {ask, person, get} = await aClient(t);
	const [me, other] = [await person(), await person()];
	for (const one of [me, other]) await ask('PUT', '/notes', one);
	await ask('POST', '/notes/_bulk_docs', me, {docs: [named('mine', ['a'], {n: 1})], new_edits: false});
	await ask('PUT', '/secret', me);
	const {said} = await ask('GET', '/notes/_changes', me);
	t.is((await ask('GET', '/secret', other)).status, 404);
	t.is((await ask('GET', '/notes/mine', other)).status, 404);
	t.deepEqual((await ask('GET', `/notes/_changes?since=${said.last_seq}`, other)).said.results, []);
	t.deepEqual((await ask('POST', '/notes/_revs_diff', other, {mine: ['1-a']})).said, {mine: {missing: ['1-a']}});
	await ask('POST', '/notes/_bulk_docs', other, {docs: [named('mine', ['b', 'a'], {n: 2})], new_edits: false});
	await ask('DELETE', '/notes/mine?rev=1-a', other);
	t.is((await ask('GET', '/notes/mine', me)).said.n, 1);
	t.is((await get('/api/v1/documents', me)).data.length, 1);
});

test('documents can be written one by one, too: made of the newest revision, or refused', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const made = await ask('PUT', '/notes/d', me, {n: 1});
	t.is(made.status, 201);
	t.like(await ask('PUT', '/notes/d', me, {n: 2}), {status: 409, said: {error: 'conflict'}});
	const edited = await ask('PUT', '/notes/d', me, {n: 2, _rev: made.said.rev});
	t.regex(edited.said.rev, /^2-/);
	const bulk = {
		docs: [
			{_id: 'd', n: 3},
			{_id: 'e', n: 1},
		],
	};
	t.like((await ask('POST', '/notes/_bulk_docs', me, bulk)).said, [{error: 'conflict'}, {ok: true}]);
	t.is((await ask('GET', '/notes/_all_docs?include_docs=true', me)).said.rows[0].doc.n, 2);
	t.is((await ask('GET', '/notes/_all_docs?startkey=%22e%22', me)).said.rows.length, 1);
	t.like((await ask('POST', '/notes/_all_docs', me, {keys: ['e', 'no']})).said.rows, [{id: 'e'}, {error: 'not_found'}]);
	t.is((await ask('DELETE', `/notes/d?rev=${made.said.rev}`, me)).status, 409);
	t.is((await ask('DELETE', `/notes/d?rev=${edited.said.rev}`, me)).status, 200);
	t.is((await ask('GET', '/notes/d', me)).status, 404);
	t.like(await ask('PUT', '/notes/d', me, {n: 4}), {status: 201});
});

test('attachments are refused with the reason, document by document, and the others arrive', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const docs = [
		named('with', ['a'], {_attachments: {'a.png': {content_type: 'image/png', data: 'aGk='}}}),
		named('without', ['a'], {_attachments: {}}),
	];
	const {said} = await ask('POST', '/notes/_bulk_docs', me, {docs, new_edits: false});
	t.like(said, [{id: 'with', error: 'forbidden'}]);
	t.regex(said[0].reason, /Attachments are not kept/);
	t.is((await ask('GET', '/notes/without', me)).status, 200);
	t.like(await ask('PUT', '/notes/without/a.png?rev=1-a', me), {status: 403, said: {error: 'forbidden'}});
	t.is((await ask('GET', '/notes/without/a.png', me)).status, 404);
});

test('whatever is sent is answered, and what is sound of it kept', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	let deep: unknown = 1;
	for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
	const odd: unknown[] = [
		null,
		1,
		'text',
		[],
		{},
		{_id: 7, _rev: '1-a'},
		{_id: '', _rev: '1-a'},
		{_id: 'no rev'},
		{_id: 'bad rev', _rev: 'abc'},
		{_id: 'rev of NUL', _rev: '1-\u0000'},
		{_id: 'revisions', _rev: '2-a', _revisions: {start: 1, ids: ['a', 'b']}},
		{_id: 'revisions', _rev: '2-a', _revisions: {start: 'x', ids: 7}},
		{_id: 'nul\u0000', _rev: '1-a'},
		{_id: 'half\ud800', _rev: '1-a'},
		{_id: 'x'.repeat(5_000), _rev: '1-a'},
		{_id: '_local/x', _rev: '1-a'},
		{_id: 'special', _rev: '1-a', _foo: 1},
		{_id: 'deep', _rev: '1-a', deep},
		{_id: 'large', _rev: '1-a', text: 'x'.repeat(1_200_000)},
	];
	for (const db of ['notes', 'weights']) {
		const good = named('good', ['a'], {date: '2026-03-01', weight_kg: 80});
		const {status, said} = await ask('POST', `/${db}/_bulk_docs`, me, {docs: [...odd, good], new_edits: false});
		t.is(status, 201, db);
		t.is(said.length, odd.length, db);
		for (const {error, reason} of said) t.true(error === 'forbidden' && reason.length > 0, db);
		t.is((await ask('GET', `/${db}/good`, me)).status, 200, db);
	}
	const bodies = [null, [], {docs: 7}, {docs: null}, {changes: {}, lastPulledAt: 1}, {docs: [], new_edits: 'no'}, {}];
	for (const body of bodies) {
		for (const path of ['_bulk_docs', '_bulk_get', '_revs_diff', '_changes', '_all_docs', '_local/x']) {
			const {status} = await ask(path === '_local/x' ? 'PUT' : 'POST', `/notes/${path}`, me, JSON.stringify(body));
			t.true(status < 500, `${path} ${JSON.stringify(body)} ${status}`);
		}
	}
	const {said} = await ask('POST', '/notes/_bulk_get', me, {docs: [{id: 'a\u0000'}, {id: '\ud800', rev: '1-\u0000'}]});
	t.is(said.results.length, 2);
	t.is((await ask('POST', '/notes/_revs_diff', me, {'a\u0000': ['1-a'], good: 'x'})).status, 200);
});

test('three thousand documents in one body arrive, and the same body twice at once is one', async t => {
	const {ask, person} = await aClient(t);
	const me = await person();
	await ask('PUT', '/notes', me);
	const docs = Array.from({length: 3_000}, (_, index) =>
		named(`d${index}`, ['b', 'a'], {index, text: 'x'.repeat(100)}),
	);
	const sent = await Promise.all([1, 2].map(() => ask('POST', '/notes/_bulk_docs', me, {docs, new_edits: false})));
	t.deepEqual(
		sent.map(({status, said}) => [status, said.length]),
		[
			[201, 0],
			[201, 0],
		],
	);
	const {said} = await ask('GET', '/notes', me);
	t.is(said.doc_count, 3_000);
	t.regex(said.update_seq, /^3000-/);
	const wanted = docs.map(({_id, _rev}) => ({id: _id, rev: _rev}));
	t.is((await ask('POST', '/notes/_bulk_get', me, {docs: wanted})).said.results.length, 3_000);
});

test('a revision that other leaves of its document came with is in the tree beside them', async t => {
	const {ask, person, get} = await aClient(t);
	const me = await person();
	const docs = [
		named('w', ['a'], {date: '2026-03-01', weight_kg: 80}),
		named('w', ['c', 'a'], {date: '2026-03-01', weight_kg: 81}),
		named('w', ['b', 'a'], {date: '2026-03-01', weight_kg: 82}),
		{...named('w', ['d', 'b', 'a'], {}), _deleted: true},
	];
	t.deepEqual((await ask('POST', '/weights/_bulk_docs', me, {docs, new_edits: false})).said, []);
	const {said} = await ask('GET', '/weights/_changes?style=all_docs', me);
	t.deepEqual(said.results[0].changes, [{rev: '2-c'}, {rev: '3-d'}]);
	t.is((await get('/api/v1/weights/w', me)).data.weight_kg, 81);
});
