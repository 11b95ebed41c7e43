import test from 'ava';
import {leftOut} from '../../libs/ports/contract/left-out.js';
import {until} from '../../libs/ports/contract/until.js';
import {labelJpeg} from '../../services/vision/test/label-picture.js';
import {chromiumPath, DESK} from '../../services/web/test/browser.js';
import {labelToFood} from '../../services/web/test/label-to-food.js';
import {findServer} from '../dev/servers/find.js';
import {type Stack, startStack} from '../dev/stack/stack.js';
import type {Person} from './faults/household.js';
import {makePeople} from './faults/people.js';

// The main job with each service a process of its own, over real NATS, Redis, PostgreSQL and MinIO, behind the real nginx: what
// compose.yaml describes, two of each service.

const NEEDED = [
	'docker-compose',
	'nginx',
	'postgres',
	'redis-server',
	'nats-server',
	'minio',
	'toxiproxy-server',
] as const;
const missing = NEEDED.filter(name => findServer(name) === null);
// A second or two where the machine does nothing else; what it was is logged.
const SOON_MS = 15_000;
const READ_MS = 180_000;

if (missing.length > 0) leftOut(test, 'the split run', `there is no ${missing.join(' and no ')}`);
else {
	let house: ReturnType<typeof aSplitHouse> | undefined;
	const split = () => {
		house ??= aSplitHouse();
		return house;
	};
	test.after.always(async () => (await house)?.stack.remove());
	// Several processes and a reader of pictures, perhaps on a machine that does more at the same time.
	test.beforeEach(t => t.timeout(400_000));

	if (chromiumPath === undefined) leftOut(test, 'the split run in a browser', 'there is no Chromium');
	else {
		test.serial('in a browser, behind nginx, a photographed label becomes a food that everybody finds', async t => {
			const stack = await aStack();
			t.teardown(stack.remove);
			await labelToFood(t, {url: stack.url, setup_code: await stack.setup_code()}, DESK);
		});
	}

	test.serial('two of each service do the main job together behind nginx, and share the work', async t => {
		const {stack, ask, upload, read, author, moderator, other} = await split();
		const ids = await Promise.all(Array.from({length: 6}, async (_, n) => upload(await labelJpeg({mark: `${n}`}))));
		for (const id of ids) await read(id);
		const [id = ''] = ids;
		const made = await ask('POST', `/api/v1/images/${id}/food`, author, {name: 'Oat biscuits', brand: 'Mill'});
		t.is(made.status, 201, made.text);
		const queued = await ask('GET', '/api/v1/admin/foods/queue', moderator);
		t.like(
			queued.data[0],
			{submitted_by: {id: author.id, name: author.email.split('@')[0]}},
			'food asks auth for the name',
		);
		t.is((await ask('GET', queued.data[0].image.url, moderator)).status, 200);
		t.is((await ask('GET', '/api/v1/foods/search?q=oat%20biscuits', other)).data.length, 0);
		const approved = await ask('POST', `/api/v1/admin/foods/${made.data.id}/approve`, moderator, {});
		t.is(approved.data?.status, 'verified', approved.text);
		t.is((await ask('GET', '/api/v1/foods/search?q=oat%20biscits', other)).data[0].id, made.data.id);
		const seen = async (as: Person) => (await ask('GET', `/api/v1/images/${id}`, as)).status;
		await until('the picture is its author’s alone again', async () => (await seen(moderator)) === 404, READ_MS);
		t.is(await seen(author), 200);

		for (let n = 0; n < 20; n++) await ask('GET', '/api/v1/foods/search?q=oat', other);
		for (const name of ['auth', 'food', 'vision', 'web']) {
			const requests = await countsOf(stack, name, 'hearth_http_request_seconds_count', `plugin="${name}"`);
			t.log(`${name}: ${requests.join(' and ')} requests`);
			if (name === 'food' || name === 'vision') t.true(requests.length === 2 && !requests.includes(0), name);
		}
		const jobs = await countsOf(stack, 'vision', 'hearth_job_seconds_count', 'job="vision.read_label"');
		t.log(`vision: ${jobs.join(' and ')} jobs`);
		t.true(jobs.length === 2 && !jobs.includes(0), 'both have read labels');
	});

	test.serial('a killed service is named within two seconds, and answers again once it is back', async t => {
		const {stack, ask, upload, read, author, moderator} = await split();
		const id = await upload(await labelJpeg({mark: 'read before'}));
		await read(id);
		const needs: Record<string, () => Promise<Answer>> = {
			auth: () => ask('POST', '/api/v1/auth/login', null, {email: author.email, password: author.password}),
			food: () => ask('GET', '/api/v1/foods/search?q=oat', author),
			vision: () => ask('GET', `/api/v1/images/${id}/status`, author),
			web: () => ask('GET', '/', null),
		};
		for (const [name, need] of Object.entries(needs)) {
			t.is((await need()).status, 200, name);
			await stack.parts[name]?.kill();
			for (let again = 0; again < 3; again++) {
				const asked_at = Date.now();
				const refused = await need();
				t.like(refused, {status: 503, error: {code: 'UNAVAILABLE', details: {part: name}}}, refused.text);
				t.true(refused.error.message.includes(name), refused.error.message);
				t.log(`${name} was named after ${Date.now() - asked_at} ms`);
				t.true(Date.now() - asked_at < SOON_MS);
			}
			await stack.parts[name]?.start();
			const back_at = Date.now();
			await until(`${name} answers again`, async () => (await need()).status === 200);
			t.log(`${name} answers ${Date.now() - back_at} ms after it is ready again`);
		}
		t.is((await ask('GET', '/api/v1/admin/foods/queue', moderator)).status, 200);
	});

	test.serial(
		'a call whose service is down answers 503 with its name, and what it had acknowledged is read later',
		async t => {
			const {stack, ask, upload, read, author} = await split();
			const id = await upload(await labelJpeg({mark: 'read before'}));
			await read(id);
			const waiting = await upload(await labelJpeg({mark: 'acknowledged'}));
			await stack.parts.vision?.kill();
			// nginx leads this to food, which has to ask vision.
			const make = () => ask('POST', `/api/v1/images/${id}/food`, author, {name: 'Oat biscuits', brand: 'Mill'});
			const asked_at = Date.now();
			const refused = await make();
			t.like(refused, {status: 503, error: {code: 'UNAVAILABLE', details: {part: 'vision'}}}, refused.text);
			t.log(`answered after ${Date.now() - asked_at} ms`);
			t.true(Date.now() - asked_at < SOON_MS);
			await stack.parts.vision?.start();
			const back_at = Date.now();
			await until('the call works again', async () => (await make()).status === 201);
			t.log(`the call works ${Date.now() - back_at} ms after the process is ready again`);
			await read(waiting);
		},
	);

	test.serial(
		'without Redis and NATS uploads are taken and read; without the object store they are refused by its name',
		async t => {
			const {stack, ask, upload, read, author} = await split();
			const ids = [await upload(await labelJpeg({mark: 'before'}))];
			await stack.parts.redis?.kill();
			ids.push(await upload(await labelJpeg({mark: 'without redis'})));
			await stack.parts.nats?.kill();
			ids.push(await upload(await labelJpeg({mark: 'without nats'})));
			for (const id of ids) await read(id);
			await stack.parts.nats?.start();
			await stack.parts.redis?.start();
			await stack.parts.minio?.kill();
			const refused = await ask(
				'POST',
				'/api/v1/images/upload',
				author,
				pictureForm(await labelJpeg({mark: 'no store'})),
			);
			t.like(refused, {status: 503, error: {code: 'UNAVAILABLE', details: {part: 'objects'}}}, refused.text);
			const hidden = await ask('GET', `/api/v1/images/${ids[0]}`, author);
			t.like(hidden, {status: 503, error: {code: 'UNAVAILABLE', details: {part: 'objects'}}}, hidden.text);
			await stack.parts.minio?.start();
			await read(await upload(await labelJpeg({mark: 'after'})));
		},
	);

	test.serial('while NATS hangs nobody waits for it: a food is sent in and approved at once', async t => {
		const {stack, ask, author, moderator} = await split();
		// Both processes have asked who was signed out since NATS was last away; what they know then holds.
		for (let n = 0; n < 16; n++) t.is((await ask('GET', '/api/v1/foods/search?q=oat', author)).status, 200);
		await stack.toxics?.nats.hang();
		try {
			const asked_at = Date.now();
			const made = await ask('POST', '/api/v1/foods', author, {name: 'Rye bread'});
			t.is(made.status, 201, made.text);
			const approved = await ask('POST', `/api/v1/admin/foods/${made.data.id}/approve`, moderator, {});
			t.is(approved.data?.status, 'verified', approved.text);
			t.log(`answered after ${Date.now() - asked_at} ms`);
			t.true(Date.now() - asked_at < SOON_MS);
		} finally {
			await stack.toxics?.nats.restore();
		}
	});
}

interface Answer {
	status: number;
	// biome-ignore lint/suspicious/noExplicitAny: a test looks at answers of every shape
	data: any;
	// biome-ignore lint/suspicious/noExplicitAny: likewise
	error: any;
	text: string;
}

const ENVIRONMENT = {HEARTH_RATE_LIMITS: 'off', HEARTH_REGISTRATION: 'open', HEARTH_STARTER_FOODS: 'off'};

/** Two of each service, behind nginx. */
const aStack = (faulty = false) =>
	startStack({copies: {auth: 2, food: 2, vision: 2, web: 2}, environment: ENVIRONMENT, faulty});

/** A house in parts with three people in it, for all tests of this file: each leaves it as it was, but for what it put in. */
async function aSplitHouse() {
	const stack = await aStack(true);
	const {members, moderators} = await makePeople(stack.url, await stack.setup_code(), {members: 2, moderators: 1});
	const [author, other] = members as [Person, Person];
	const [moderator] = moderators as [Person];

	async function ask(method: string, path: string, as: Person | null, body?: unknown): Promise<Answer> {
		const form = body instanceof FormData;
		const response = await fetch(stack.url + path, {
			method,
			headers: {
				...(as === null ? {} : {authorization: `Bearer ${as.access_token}`}),
				...(body === undefined || form ? {} : {'content-type': 'application/json'}),
			},
			...(body === undefined ? {} : {body: form ? body : JSON.stringify(body)}),
		});
		const text = await response.text();
		const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : {};
		return {status: response.status, data: json.data, error: json.error, text};
	}

	return {
		stack,
		author,
		other,
		moderator,
		ask,
		async upload(picture: Buffer): Promise<string> {
			const answer = await ask('POST', '/api/v1/images/upload', author, pictureForm(picture));
			if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
			return answer.data.id;
		},
		/** Waits until the picture is read. */
		read: (id: string) =>
			until(
				`picture ${id} is read`,
				async () => (await ask('GET', `/api/v1/images/${id}/status`, author)).data?.status === 'done',
				READ_MS,
			),
	};
}

function pictureForm(picture: Buffer): FormData {
	const form = new FormData();
	form.append('image', new Blob([new Uint8Array(picture)], {type: 'image/jpeg'}), 'label.jpg');
	return form;
}

/** What each process of a part has counted by itself, asked for behind nginx: the outside is told nothing of it. */
function countsOf({parts}: Stack, name: string, metric: string, label: string): Promise<number[]> {
	const lines = new RegExp(`^${metric}\\{[^}]*${label}[^}]*\\} (\\d+)`, 'gm');
	return Promise.all(
		(parts[name]?.processes ?? []).map(async ({url}) => {
			const text = await (await fetch(`${url}/metrics`)).text();
			return [...text.matchAll(lines)].reduce((sum, [, count]) => sum + Number(count), 0);
		}),
	);
}
