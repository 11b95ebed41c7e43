import test, {type ExecutionContext} from 'ava';
import {aDevice, aMutation, aSyncHouse} from './fixtures.js';

// Whatever a broken or hostile client sends: a clear answer for each mutation, and the good ones are kept.

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

async function someone(t: ExecutionContext) {
	const house = await aSyncHouse(t);
	const ada = await house.person();
	/** The text as it goes over the wire: JSON.stringify would mend some of it. */
	const raw = (body: string | Buffer) =>
		house.ask('POST', '/api/v1/sync/push', {as: ada, body, headers: {'content-type': 'application/json'}});
	return {house, ada, phone: aDevice(house, ada, 'phone'), raw};
}

const wrong: Record<string, [given: object, code: string, message: RegExp]> = {
	'an unknown collection': [{collection: 'things'}, 'UNKNOWN_COLLECTION', /no collection "things"/],
	'a collection that is everybody’s': [{collection: '__proto__'}, 'UNKNOWN_COLLECTION', /no collection/],
	'a collection that is no text': [{collection: 7}, 'VALIDATION_ERROR', /collection/],
	'no collection': [{collection: undefined}, 'VALIDATION_ERROR', /collection/],
	'a version of the future': [{base_version: 1_000}, 'VALIDATION_ERROR', /above the newest version/],
	'a version beyond numbers': [{base_version: 1e300}, 'VALIDATION_ERROR', /base_version/],
	'a negative version': [{base_version: -1}, 'VALIDATION_ERROR', /base_version/],
	'a broken version': [{base_version: 1.5}, 'VALIDATION_ERROR', /base_version/],
	'a version in words': [{base_version: 'current'}, 'VALIDATION_ERROR', /base_version/],
	'a record id with a NUL': [{record_id: 'a\0b'}, 'VALIDATION_ERROR', /record_id/],
	'a record id with a line end': [{record_id: 'a\nb'}, 'VALIDATION_ERROR', /record_id/],
	'a record id that is empty': [{record_id: ''}, 'VALIDATION_ERROR', /record_id/],
	'a record id that is too long': [{record_id: 'x'.repeat(257)}, 'VALIDATION_ERROR', /record_id/],
	'half a character in a record id': [{record_id: 'a\ud800'}, 'VALIDATION_ERROR', /record_id/],
	'no record id': [{record_id: undefined}, 'VALIDATION_ERROR', /record_id/],
	'an unknown op': [{op: 'destroy'}, 'VALIDATION_ERROR', /op/],
	'an unknown key': [{user_id: 'somebody'}, 'VALIDATION_ERROR', /user_id/],
	'no data': [{data: undefined}, 'VALIDATION_ERROR', /data/],
	'data that is a list': [{data: []}, 'VALIDATION_ERROR', /data/],
	'data that is a text': [{data: 'x'}, 'VALIDATION_ERROR', /data/],
	'a NUL in a text': [{data: {title: 'a\0b'}}, 'VALIDATION_ERROR', /data\.title.*NUL/],
	'a NUL in a field’s name': [{data: {'a\0b': 1}}, 'VALIDATION_ERROR', /NUL/],
	'half a character': [{data: {title: 'a\ud800b'}}, 'VALIDATION_ERROR', /surrogate/],
	'bytes that were no UTF-8': [{data: {title: 'a\ufffdb'}}, 'VALIDATION_ERROR', /UTF-8/],
	'a wrong type': [{data: {count: 'seven'}}, 'VALIDATION_ERROR', /data\.count/],
	'a record of 5 MB': [{data: {title: 'x'.repeat(5 * 1024 * 1024)}}, 'TOO_LARGE', /at most/],
	'JSON 100 deep': [{data: {deep: nested(100)}}, 'VALIDATION_ERROR', /deep/],
	'JSON 100,000 deep': [{data: {deep: nested(100_000)}}, 'VALIDATION_ERROR', /deep/],
	'no time': [{client_timestamp: undefined}, 'VALIDATION_ERROR', /client_timestamp/],
	'a time in words': [{client_timestamp: 'yesterday'}, 'VALIDATION_ERROR', /client_timestamp/],
	'a time of the year 10000': [{client_timestamp: '+010000-01-01T00:00:00Z'}, 'VALIDATION_ERROR', /client_timestamp/],
	'an id with a blank': [{id: 'a b'}, 'VALIDATION_ERROR', /id/],
	'an id that is too long': [{id: 'x'.repeat(129)}, 'VALIDATION_ERROR', /id/],
};

/** `JSON.stringify` has no room for such depth. */
function written(given: Record<string, unknown>): string {
	const {data} = given as {data?: {deep?: unknown}};
	const depth = data?.deep === undefined ? 0 : String(depthOf(data.deep));
	if (depth === 0) return JSON.stringify(given);
	return JSON.stringify({...given, data: {deep: 'DEEP'}}).replace(
		'"DEEP"',
		'['.repeat(Number(depth)) + ']'.repeat(Number(depth)),
	);
}

function depthOf(value: unknown): number {
	let depth = 0;
	for (let at = value; Array.isArray(at); at = at[0]) depth += 1;
	return depth;
}

test('each wrong mutation is told what is wrong with it, and the good ones beside it are kept', async t => {
	const {phone, raw} = await someone(t);
	for (const [what, [given, code, message]] of Object.entries(wrong)) {
		const bad = aMutation({record_id: 'bad', data: {title: 'bad'}, ...given});
		const [before, after] = ['before', 'after'].map(id =>
			aMutation({record_id: `${what} ${id}`.slice(0, 200), data: {}}),
		);
		const body = `{"device_id":"phone","mutations":[${JSON.stringify(before)},${written(bad)},${JSON.stringify(after)}]}`;
		const answer = await raw(body);
		t.is(answer.status, 200, what);
		t.deepEqual(answer.data.accepted, [before?.id, after?.id], what);
		t.like(answer.data.rejected, [{id: bad.id, code}], what);
		t.regex(answer.data.rejected[0].message, message, what);
		t.true(answer.data.rejected[0].message.length < 1_000, what);
		t.deepEqual(
			answer.data.results.map(({status}: {status: string}) => status),
			['accepted', 'rejected', 'accepted'],
			what,
		);
	}
	t.is(Object.keys(await phone.all()).length, 2 * Object.keys(wrong).length);
	t.false(Object.keys(await phone.all()).some(key => key.startsWith('notes/bad')));
});

test('a field named __proto__ is refused in a push, and changes no prototype', async t => {
	const {phone, raw} = await someone(t);
	for (const data of ['{"__proto__":{"admin":true}}', '{"nested":{"__proto__":{"admin":true}}}']) {
		const answer = await raw(
			`{"device_id":"phone","mutations":[{"id":"x","collection":"notes","record_id":"a","op":"upsert","data":${data},"client_timestamp":"2026-03-01T00:00:00Z"}]}`,
		);
		t.like(answer.data.rejected, [{code: 'VALIDATION_ERROR'}]);
		t.regex(answer.data.rejected[0].message, /__proto__/);
	}
	t.is(Reflect.get({}, 'admin'), undefined);
	t.deepEqual(await phone.all(), {});
});

test('what comes with a delete is not looked at, however deep it is', async t => {
	const {phone, raw} = await someone(t);
	await phone.set('a', {title: 'one'});
	const answer = await raw(
		`{"device_id":"phone","mutations":[${written(aMutation({id: 'gone', record_id: 'a', op: 'delete', data: {deep: nested(100_000)}}))}]}`,
	);
	t.like(answer, {status: 200, data: {accepted: ['gone']}});
	t.deepEqual(await phone.all(), {});
});

test('one mutation twice in a push is done once; another body under its id is refused', async t => {
	const {phone} = await someone(t);
	const one = aMutation({id: 'same', record_id: 'a', data: {title: 'one'}});
	const {data} = await phone.send([one, one, {...one, data: {title: 'two'}}]);
	t.like(data, {
		accepted: ['same', 'same'],
		rejected: [{id: 'same', code: 'MUTATION_REUSED'}],
		results: [{status: 'accepted', version: 1}, {status: 'duplicate', version: 1}, {status: 'rejected'}],
	});
	t.deepEqual(await phone.all(), {'notes/a': {title: 'one'}});
});

test('a record id of another person is a record of one’s own', async t => {
	const {house, ada, phone} = await someone(t);
	const bob = await house.person();
	await phone.set('a', {title: 'Ada’s'});
	const other = aDevice(house, bob, 'phone');
	t.is((await other.set('a', {title: 'Bob’s'}, {base_version: 0})).status, 'accepted');
	t.is((await house.get('/api/v1/notes/a', ada)).data.title, 'Ada’s');
});

test('a clock of another age neither wins for ever nor loses what it writes', async t => {
	const {phone, house, ada} = await someone(t);
	const laptop = aDevice(house, ada, 'laptop');
	await phone.set('a', {title: 'from 9999'}, {client_timestamp: '9999-12-31T23:59:59Z'});
	t.is((await laptop.set('a', {title: 'seen, and changed'}, {base_version: 1})).status, 'accepted');
	t.is((await phone.set('b', {title: 'from 1970'}, {client_timestamp: '1970-01-01T00:00:00Z'})).status, 'accepted');
	t.like(await phone.all(), {'notes/a': {title: 'seen, and changed'}, 'notes/b': {title: 'from 1970'}});
});

test('a million mutations are refused before anything is done', async t => {
	const {raw, phone} = await someone(t);
	const many = Buffer.concat([
		Buffer.from('{"device_id":"phone","mutations":['),
		Buffer.alloc(1_000_000 * 11 - 1, '{"id":"x"},'),
		Buffer.from(']}'),
	]);
	const answer = await raw(many);
	t.like(answer, {status: 413, error: {code: 'TOO_LARGE'}});
	t.is((await phone.pull()).data.latest_version, 0);
});

test('what is no JSON, or no push at all, is a 400 or 415 that says so', async t => {
	const {raw, house, ada} = await someone(t);
	for (const body of [
		'{',
		'[]',
		'null',
		'"x"',
		'{"device_id":"phone","mutations":[null]}',
		'{"mutations":[1],"device_id":"x"}',
	]) {
		t.like(await raw(body), {status: 400, error: {code: 'VALIDATION_ERROR'}}, body);
	}
	t.is((await raw(Buffer.from([0x7b, 0xff, 0xfe]))).status, 400);
	const form = new FormData();
	form.set('device_id', 'phone');
	t.is((await house.ask('POST', '/api/v1/sync/push', {as: ada, body: form})).status, 415);
});
