import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {json} from 'node:stream/consumers';
import {pathToFileURL} from 'node:url';
import test from 'ava';
import {z} from 'zod';
import {PublicError} from '../errors.js';
import {cursorPage, pageQuery, pageReply} from '../pages.js';
import {definePlugin, Reply, route} from '../plugin.js';
import {aHouse} from '../testing.js';

/** Answers what it is asked; `made` counts what reached its handler. */
function anEcho() {
	let made = 0;
	const plugin = definePlugin({
		name: 'echo',
		summary: 'Answers what it is asked',
		routes: [
			route('POST', '/api/v1/echo', {
				summary: 'Answers its body',
				role: 'member',
				body: z.object({text: z.string().max(100), list: z.array(z.unknown()).optional()}),
				data: z.object({text: z.string(), made: z.number()}),
				status: 201,
				handle: async ({body}) => {
					made += 1;
					return {text: body.text, made};
				},
			}),
			route('GET', '/api/v1/echo/:id', {
				summary: 'Answers its parameter',
				role: 'public',
				params: z.object({id: z.uuid()}),
				handle: async ({params, request}) => ({id: params.id, ip: request.ip, local: request.local, other: 1}),
			}),
			route('GET', '/api/v1/echo/search', {
				summary: 'A page of numbers',
				role: 'public',
				query: pageQuery,
				handle: async ({query}) => {
					const page = cursorPage(query, z.number());
					const from = (page.after ?? 0) + 1;
					const rows = Array.from({length: page.limit + 1}, (_, index) => ({n: from + index})).filter(({n}) => n <= 5);
					return pageReply(rows, page.limit, ({n}) => n);
				},
			}),
			route('GET', '/api/v1/echo/broken', {
				summary: 'Fails with our own bug',
				role: 'public',
				handle: async () => {
					throw new Error('secret detail');
				},
			}),
			route('DELETE', '/api/v1/echo/:id', {
				summary: 'Answers nothing',
				role: 'moderator',
				status: 204,
				handle: async () => undefined,
			}),
			route('GET', '/api/v1/echo/conflict', {
				summary: 'Fails in a way the caller is told',
				role: 'public',
				handle: async () => {
					throw new PublicError('CONFLICT', 'It is taken; take another.', {details: {current: 7}});
				},
			}),
			route('POST', '/api/v1/echo/later', {
				summary: 'Is busy; its body may be left out',
				role: 'public',
				body: z.object({why: z.string().optional()}),
				handle: async () => {
					throw new PublicError('UNAVAILABLE', 'Come back later.', {details: {retry_after_s: 7}});
				},
			}),
			route('POST', '/api/v1/echo/file', {
				summary: 'Takes a file',
				role: 'public',
				upload: {field: 'image', max_bytes: 1024 * 1024},
				body: z.object({languages: z.string().optional()}),
				handle: async ({file, body}) => new Reply({size_bytes: file?.size_bytes, languages: body.languages}),
			}),
			route('POST', '/api/v1/echo/limited', {
				summary: 'Is limited',
				role: 'public',
				body: z.object({email: z.string()}),
				limit: {per_minute: 2, by: 'account'},
				handle: async () => ({}),
			}),
		],
	});
	return {plugin, made: () => made};
}

const echo = anEcho().plugin;
const id = '0190a000-0000-7000-8000-000000000001';

test('every answer carries its request id and time, and a sane id of the client is kept', async t => {
	const {ask} = await aHouse(t, {plugins: [echo]});
	const own = await ask('GET', `/api/v1/echo/${id}`, {headers: {'x-request-id': 'phone-1'}});
	t.is(own.headers.get('x-request-id'), 'phone-1');
	t.false(Number.isNaN(Date.parse(own.headers.get('x-timestamp') ?? '')));
	const odd = await ask('GET', '/api/v1/nowhere', {headers: {'x-request-id': 'a b<c>'}});
	t.regex(odd.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
	t.like(odd, {status: 404, error: {code: 'NOT_FOUND'}});
});

test('what does not fit the schema is 400 and says where', async t => {
	const {ask, person} = await aHouse(t, {plugins: [echo]});
	const as = await person();
	t.like(await ask('POST', '/api/v1/echo', {as, body: {text: 5}}), {
		status: 400,
		error: {code: 'VALIDATION_ERROR', details: [{path: 'text'}]},
	});
	t.like(await ask('POST', '/api/v1/echo', {as, body: {text: 'a', surprise: 1}}), {
		status: 400,
		error: {code: 'VALIDATION_ERROR', details: [{path: 'surprise'}]},
	});
	t.like(await ask('GET', '/api/v1/echo/not-a-uuid'), {status: 400, error: {code: 'VALIDATION_ERROR'}});
	t.like(await ask('GET', '/api/v1/echo/search?limit=0'), {status: 400});
	t.like(await ask('GET', '/api/v1/echo/search?limit=1&limit=2'), {status: 400});
	t.like(await ask('GET', '/api/v1/echo/search?cursor=%00'), {status: 400});
	t.like(await ask('GET', '/api/v1/echo/search?cursor=bm9uc2Vuc2U'), {status: 400});
});

const brokenBodies: Record<string, {body: string | Buffer; headers?: Record<string, string>; status: number}> = {
	'broken JSON': {body: '{"text": "a"', status: 400},
	'a bare string': {body: '"a"', status: 400},
	'JSON nested a thousand deep': {body: `{"text":"a","list":${'['.repeat(1000)}${']'.repeat(1000)}}`, status: 400},
	'a NUL': {body: '{"text":"a\\u0000b"}', status: 400},
	'not UTF-8': {body: Buffer.from('{"text":"\xff\xfe"}', 'latin1'), status: 400},
	'a lone surrogate': {body: '{"text":"\\ud800"}', status: 400},
	'a __proto__ key': {body: '{"text":"a","__proto__":{"admin":true}}', status: 400},
	'another content type': {body: 'text=a', headers: {'content-type': 'application/x-www-form-urlencoded'}, status: 415},
	'too many bytes': {body: JSON.stringify({text: 'a'.repeat(2 * 1024 * 1024)}), status: 413},
	'broken gzip': {body: 'not gzip', headers: {'content-encoding': 'gzip'}, status: 400},
	'in another charset': {
		body: Buffer.from('{"text":"a"}', 'utf16le'),
		headers: {'content-type': 'application/json; charset=utf-16'},
		status: 415,
	},
	'an unknown encoding': {body: '{"text":"a"}', headers: {'content-encoding': 'lzma'}, status: 415},
};
for (const [what, {body, headers, status}] of Object.entries(brokenBodies)) {
	test(`a body that is ${what} is ${status} and reaches no handler`, async t => {
		const {plugin, made} = anEcho();
		const {ask, person, get} = await aHouse(t, {plugins: [plugin]});
		const answer = await ask('POST', '/api/v1/echo', {
			as: await person(),
			body,
			headers: {'content-type': 'application/json', ...headers},
		});
		t.is(answer.status, status, answer.body.toString());
		t.truthy(answer.error?.message);
		t.is(made(), 0);
		t.is((await get('/ready')).status, 200);
	});
}

test('our own failure is a plain 500 without its details', async t => {
	const {get} = await aHouse(t, {plugins: [echo]});
	const answer = await get('/api/v1/echo/broken');
	t.like(answer, {status: 500, error: {code: 'INTERNAL'}});
	t.notRegex(answer.body.toString(), /secret detail/);
});

test('a failure meant for the caller keeps its code, message and details', async t => {
	const {get} = await aHouse(t, {plugins: [echo]});
	t.like(await get('/api/v1/echo/conflict'), {
		status: 409,
		error: {code: 'CONFLICT', message: 'It is taken; take another.', details: {current: 7}},
	});
});

test('who is to come back later is told when, and a body of which nothing is needed can be left out', async t => {
	const {ask} = await aHouse(t, {plugins: [echo]});
	const answer = await ask('POST', '/api/v1/echo/later');
	t.is(answer.status, 503, answer.body.toString());
	t.is(answer.headers.get('retry-after'), '7');
});

test('a fixed path wins over one with a parameter, and a method that a path lacks is 405', async t => {
	const {get, put, url} = await aHouse(t, {plugins: [echo]});
	t.is((await get('/api/v1/echo/search')).status, 200);
	const answer = await put(`/api/v1/echo/${id}`, {});
	t.like(answer, {status: 405, error: {code: 'METHOD_NOT_ALLOWED'}});
	t.regex(answer.headers.get('allow') ?? '', /GET/);
	// fetch sends no TRACE.
	const {hostname, port} = new URL(url);
	const traced = await new Promise<IncomingMessage>((resolve, reject) => {
		httpRequest({method: 'TRACE', hostname, port, path: `/api/v1/echo/${id}`}, resolve)
			.on('error', reject)
			.end();
	});
	t.is(traced.statusCode, 405);
	t.like(await json(traced), {error: {code: 'METHOD_NOT_ALLOWED'}});
});

test('while the database is away requests are 503 that say so, never 500; a failure of their own stays one', async t => {
	const plugin = definePlugin({
		name: 'asker',
		summary: 'Asks the database',
		routes: [
			route('GET', '/api/v1/asker/query', {
				summary: 'In a query',
				role: 'public',
				handle: (_input, {db}) => db.one('select 1 as one'),
			}),
			route('GET', '/api/v1/asker/transaction', {
				summary: 'In a transaction',
				role: 'public',
				handle: (_input, {db}) => db.transaction(tx => tx.audit({action: 'asker.asked', actor_id: null})),
			}),
			route('GET', '/api/v1/asker/file', {
				summary: "Fails of itself, with a file's error",
				role: 'public',
				handle: (_input, {db}) => db.transaction(() => readFile('/nowhere/at/all')),
			}),
		],
	});
	// A PostgreSQL of its own, so that it can be killed.
	const {get, data_folder, until} = await aHouse(t, {plugins: [plugin], settings: {DATABASE_URL: ''}});
	const ways = ['/api/v1/asker/query', '/api/v1/asker/transaction'];
	t.deepEqual(await Promise.all(ways.map(async at => (await get(at)).status)), [200, 200]);
	t.is((await get('/api/v1/asker/file')).status, 500);
	const [pid] = (await readFile(path.join(data_folder, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
	process.kill(Number(pid), 'SIGKILL');
	const away = new Set<string>();
	await until(async () => {
		const answers = await Promise.all(ways.map(async at => ({at, ...(await get(at))})));
		for (const {at, status, error, headers} of answers.filter(({status}) => status !== 200)) {
			away.add(at);
			t.like({status, error}, {status: 503, error: {code: 'UNAVAILABLE', details: {part: 'database'}}}, at);
			t.truthy(headers.get('retry-after'));
		}
		return away.size === ways.length && answers.every(({status}) => status === 200);
	});
});

test('an admin sees how much the house stores', async t => {
	const {get, person, house} = await aHouse(t, {plugins: [echo]});
	await house.ports.objects.put('echo/one.bin', Buffer.alloc(1000));
	await house.ports.objects.put('other/two.bin', Buffer.alloc(500));
	const {status, data} = await get('/api/v1/admin/status', await person('admin'));
	t.is(status, 200);
	t.is(data.storage.objects_bytes, 1500);
	t.true(data.storage.database_bytes > 1_000_000);
});

test('a start removes the half of an upload that a killed process left', async t => {
	const {data_folder, restart} = await aHouse(t, {plugins: [echo], settings: {DATABASE_URL: ''}});
	const uploads = path.join(data_folder, 'uploads');
	await writeFile(path.join(uploads, 'half'), 'half');
	await restart();
	t.deepEqual(await readdir(uploads), []);
});

test('a file and the page of any path come with 200, and nothing outside of the folder', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-files-'));
	t.teardown(() => rm(folder, {recursive: true}));
	await writeFile(path.join(folder, 'index.html'), '<title>page</title>');
	await writeFile(path.join(folder, 'app.js'), 'app');
	const web = definePlugin({
		name: 'web',
		summary: 'A web page',
		files: {at: '/', folder: pathToFileURL(`${folder}/`), fallback: 'index.html'},
	});
	const {ask} = await aHouse(t, {plugins: [web]});
	const html = {accept: 'text/html,*/*;q=0.8'};
	for (const at of ['/', '/invite/abc', '/%']) {
		const answer = await ask('GET', at, {headers: html});
		t.is(answer.status, 200, at);
		t.is(answer.body.toString(), '<title>page</title>');
	}
	t.is((await ask('GET', '/app.js')).body.toString(), 'app');
	for (const at of ['/none.js', '/..%2fpackage.json', '/api/v1/none', '/compat/none']) {
		t.like(await ask('GET', at, {headers: html}), {status: 404, error: {code: 'NOT_FOUND'}}, at);
	}
});

test('a list is read to its end by its cursor, and fields can be chosen', async t => {
	const {get} = await aHouse(t, {plugins: [echo]});
	const seen: number[] = [];
	let cursor: string | null | undefined = '';
	while (cursor !== null) {
		const page = await get(`/api/v1/echo/search?limit=2&cursor=${cursor}`);
		seen.push(...page.data.map(({n}: {n: number}) => n));
		cursor = page.meta?.next_cursor;
	}
	t.deepEqual(seen, [1, 2, 3, 4, 5]);
	t.deepEqual((await get(`/api/v1/echo/${id}?fields=id`)).data, {id});
});

test('roles are asked for: no token 401, too low a role 403', async t => {
	const {ask, delete: remove, person} = await aHouse(t, {plugins: [echo]});
	t.like(await ask('POST', '/api/v1/echo', {body: {text: 'a'}}), {status: 401, error: {code: 'UNAUTHENTICATED'}});
	t.like(await remove(`/api/v1/echo/${id}`, await person('member')), {status: 403, error: {code: 'FORBIDDEN'}});
	t.is((await remove(`/api/v1/echo/${id}`, await person('moderator'))).status, 204);
	t.is((await remove(`/api/v1/echo/${id}`, await person('admin'))).status, 204);
});

test('a token of another installation, one without a signature and an expired one are 401', async t => {
	const {post, person} = await aHouse(t, {plugins: [echo]});
	const elsewhere = await aHouse(t, {plugins: [echo]});
	const stranger = await elsewhere.person('admin');
	t.is((await post('/api/v1/echo', {text: 'a'}, stranger)).status, 401);
	const mine = await person();
	const [, claims] = mine.token.split('.');
	const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
	t.is((await post('/api/v1/echo', {text: 'a'}, {...mine, token: none})).status, 401);
	t.is((await post('/api/v1/echo', {text: 'a'}, {...mine, token: 'junk'})).status, 401);
	let late = 0;
	const later = await aHouse(t, {plugins: [echo], now: () => Date.now() + late});
	const early = await later.person();
	t.is((await later.post('/api/v1/echo', {text: 'a'}, early)).status, 201);
	late = 16 * 60 * 1000;
	t.is((await later.post('/api/v1/echo', {text: 'a'}, early)).status, 401);
});

test('the same Idempotency-Key gives the same answer once; another body is a conflict; another person is not concerned', async t => {
	const {ask, person} = await aHouse(t, {plugins: [echo]});
	const as = await person();
	const headers = {'idempotency-key': 'k1'};
	const first = await ask('POST', '/api/v1/echo', {as, headers, body: {text: 'a'}});
	t.is(first.status, 201);
	const again = await ask('POST', '/api/v1/echo', {as, headers, body: {text: 'a'}});
	t.is(again.body.toString(), first.body.toString());
	t.like(await ask('POST', '/api/v1/echo', {as, headers, body: {text: 'b'}}), {status: 409, error: {code: 'CONFLICT'}});
	const other = await ask('POST', '/api/v1/echo', {as: await person(), headers, body: {text: 'b'}});
	t.is(other.status, 201);
});

test('requests over the limit of an address with an account are 429 and say when to come back', async t => {
	const {ask} = await aHouse(t, {plugins: [echo], settings: {HEARTH_RATE_LIMITS: 'on'}});
	const once = (email: string) => ask('POST', '/api/v1/echo/limited', {body: {email}});
	t.is((await once('a@example.org')).headers.get('x-rate-limit-remaining'), '1');
	await once('A@example.org ');
	const refused = await once('a@example.org');
	t.like(refused, {status: 429, error: {code: 'RATE_LIMITED'}});
	t.true(Number(refused.headers.get('retry-after')) >= 1);
	t.is((await once('b@example.org')).status, 200);
});

const upload = (...files: [field: string, bytes: number][]) => {
	const form = new FormData();
	for (const [field, bytes] of files) form.append(field, new Blob([Buffer.alloc(bytes)]), 'a.jpg');
	form.append('languages', 'en');
	return form;
};

test('a file comes with the fields beside it', async t => {
	const {ask} = await aHouse(t, {plugins: [echo]});
	t.like(await ask('POST', '/api/v1/echo/file', {body: upload(['image', 1000])}), {
		status: 200,
		data: {size_bytes: 1000, languages: 'en'},
	});
});

test('a file is a file also where its client does not say of which type', async t => {
	const {ask} = await aHouse(t, {plugins: [echo]});
	const part = (more: string) =>
		`--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n${more}\r\n${'a'.repeat(200_000)}\r\n--x--\r\n`;
	for (const more of ['', 'Content-Type: image/jpeg\r\n']) {
		const headers = {'content-type': 'multipart/form-data; boundary=x'};
		t.like(await ask('POST', '/api/v1/echo/file', {body: part(more), headers}), {
			status: 200,
			data: {size_bytes: 200_000},
		});
	}
});

test('no file, two files, a file in another field, too many bytes or no form are refused', async t => {
	const {ask} = await aHouse(t, {plugins: [echo]});
	t.is((await ask('POST', '/api/v1/echo/file', {body: upload()})).status, 400);
	t.is((await ask('POST', '/api/v1/echo/file', {body: upload(['image', 10], ['image', 10])})).status, 400);
	t.is((await ask('POST', '/api/v1/echo/file', {body: upload(['picture', 10])})).status, 400);
	t.is((await ask('POST', '/api/v1/echo/file', {body: upload(['image', 1024 * 1024 + 1])})).status, 413);
	t.is((await ask('POST', '/api/v1/echo/file', {body: {a: 1}})).status, 415);
	t.is(
		(await ask('POST', '/api/v1/echo/file', {body: 'x', headers: {'content-type': 'multipart/form-data'}})).status,
		400,
	);
});

test('an upload that is cut off leaves no file and the house ready', async t => {
	const {url, data_folder, get, until} = await aHouse(t, {plugins: [echo]});
	const {readdir} = await import('node:fs/promises');
	const {port} = new URL(url);
	const socket = connect(Number(port), '127.0.0.1');
	socket.write(
		'POST /api/v1/echo/file HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nhalf a picture',
	);
	await until(async () => (await readdir(`${data_folder}/uploads`)).length > 0);
	socket.destroy();
	await until(async () => (await readdir(`${data_folder}/uploads`)).length === 0);
	t.is((await get('/ready')).status, 200);
});

test('only named origins may call from a browser', async t => {
	const {ask} = await aHouse(t, {plugins: [echo], settings: {HEARTH_CORS_ORIGINS: 'https://app.example.org'}});
	const headers = {origin: 'https://app.example.org'};
	t.is((await ask('GET', `/api/v1/echo/${id}`, {headers})).headers.get('access-control-allow-origin'), headers.origin);
	t.is((await ask('GET', '/api/v1/echo/broken', {headers})).headers.get('access-control-allow-origin'), headers.origin);
	const stranger = await ask('GET', `/api/v1/echo/${id}`, {headers: {origin: 'https://evil.example.org'}});
	t.falsy(stranger.headers.get('access-control-allow-origin'));
});

test('a forwarded address counts only from a trusted peer, and makes a request not local', async t => {
	const headers = {'x-forwarded-for': '203.0.113.7, 10.0.0.1'};
	const open = await aHouse(t, {plugins: [echo]});
	t.like(await open.ask('GET', `/api/v1/echo/${id}`), {data: {ip: '127.0.0.1', local: true}});
	t.like(await open.ask('GET', `/api/v1/echo/${id}`, {headers}), {data: {ip: '127.0.0.1', local: false}});
	const proxied = await aHouse(t, {plugins: [echo], settings: {HEARTH_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8'}});
	t.like(await proxied.ask('GET', `/api/v1/echo/${id}`, {headers}), {data: {ip: '203.0.113.7', local: false}});
});

test('health, readiness and metrics answer without a token', async t => {
	const {get} = await aHouse(t, {plugins: [echo]});
	t.is((await get('/health')).status, 200);
	const ready = JSON.parse((await get('/ready')).body.toString());
	t.like(ready, {
		status: 'ready',
		dependencies: {database: {status: 'up'}, cache: {status: 'up'}, bus: {status: 'up'}, objects: {status: 'up'}},
	});
	await get(`/api/v1/echo/${id}`);
	t.regex((await get('/metrics')).body.toString(), /hearth_http_request_seconds_count\{.*route="\/api\/v1\/echo\/:id"/);
});

test('a large answer is compressed for who takes it', async t => {
	const {ask} = await aHouse(t, {plugins: [echo]});
	t.is((await ask('GET', '/metrics', {headers: {'accept-encoding': 'gzip'}})).headers.get('content-encoding'), 'gzip');
});
