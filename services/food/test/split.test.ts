import {type ChildProcess, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {discoverPlugins} from '@hearth/host/discover.js';
import {aHouse, type Person} from '@hearth/host/testing.js';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {until} from '@hearth/ports/contract/until.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import {findServer} from '@hearth/servers/find.js';
import {freePort} from '@hearth/servers/free-port.js';
import {startMinio, startNats, startRedis} from '@hearth/servers/start.js';
import {labelJpeg} from '@hearth/vision/test/label-picture.js';
import test, {type ExecutionContext} from 'ava';

// The main job with each service a process of its own, over real NATS, Redis, PostgreSQL and an object store.

const root = new URL('../../../', import.meta.url);
const {plugins} = await discoverPlugins({root, outside: []});
const missing = [...(['redis-server', 'nats-server', 'minio'] as const).filter(name => findServer(name) === null)];

if (missing.length > 0) leftOut(test, 'the split run', `there is no ${missing.join(' and no ')}`);
else {
	test.serial('services in processes of their own do the main job together, with two of each', async t => {
		const split = await aSplitHouse(t);
		const [food] = await split.start('food', 2);
		const [vision, anotherVision] = await split.start('vision', 2);
		const {author, moderator, other} = split;
		const upload = async (at: Service | undefined, mark: string) => split.upload(at, author, await labelJpeg({mark}));
		const ids = await Promise.all([upload(vision, 'one'), upload(anotherVision, 'two'), upload(vision, 'three')]);
		for (const id of ids) await split.read(vision, id, author);

		const made = await split.ask(food, 'POST', `/api/v1/images/${ids[0]}/food`, author, {
			name: 'Oat biscuits',
			brand: 'Mill',
		});
		t.is(made.status, 201, made.text);
		const queued = await split.ask(food, 'GET', '/api/v1/admin/foods/queue', moderator);
		t.is(queued.data[0].submitted_by.id, author.id, 'food asks auth for the name');
		const approved = await split.ask(food, 'POST', `/api/v1/admin/foods/${made.data.id}/approve`, moderator, {});
		t.is(approved.data.status, 'verified');
		const found = await split.ask(food, 'GET', '/api/v1/foods/search?q=oat%20biscits', other);
		t.is(found.data[0].id, made.data.id);
		// Its event reached whichever vision was free: the moderator no longer sees the picture.
		await until('the picture is its author’s alone again', async () => {
			return (await split.ask(vision, 'GET', `/api/v1/images/${ids[0]}`, moderator)).status === 404;
		});
		t.is((await split.ask(vision, 'GET', `/api/v1/images/${ids[0]}`, author)).status, 200);
	});

	test.serial('a killed service is named within two seconds, and its work goes on where it stopped', async t => {
		const split = await aSplitHouse(t);
		const [food] = await split.start('food');
		const [vision] = await split.start('vision');
		const {author} = split;
		const id = await split.upload(vision, author, await labelJpeg({mark: 'read before'}));
		await split.read(vision, id, author);
		const waiting = await split.upload(vision, author, await labelJpeg({mark: 'acknowledged'}));
		await vision?.kill();

		const asked_at = Date.now();
		const refused = await split.ask(food, 'POST', `/api/v1/images/${id}/food`, author, {
			name: 'Oat biscuits',
			brand: 'Mill',
		});
		t.is(refused.status, 503, refused.text);
		t.like(refused.error, {code: 'UNAVAILABLE', details: {part: 'vision'}});
		t.true(Date.now() - asked_at < 2_500, `${Date.now() - asked_at} ms`);

		const [back] = await split.start('vision');
		const back_at = Date.now();
		const made = await until('the call works again', async () => {
			const answer = await split.ask(food, 'POST', `/api/v1/images/${id}/food`, author, {
				name: 'Oat biscuits',
				brand: 'Mill',
			});
			return answer.status === 201 && answer;
		});
		t.log(`the call works ${Date.now() - back_at} ms after the process is ready again`);
		t.is(made.data.status, 'pending');
		// What it had acknowledged is read by whoever is there, once the dead worker's lease has ended.
		await split.read(back, waiting, author);
	});

	test.serial(
		'with NATS, Redis and the object store killed and started again no acknowledged upload is lost',
		async t => {
			const split = await aSplitHouse(t);
			const [vision] = await split.start('vision');
			const {author} = split;
			const ids = [await split.upload(vision, author, await labelJpeg({mark: 'before'}))];
			await split.servers.redis.kill();
			ids.push(await split.upload(vision, author, await labelJpeg({mark: 'without redis'})));
			await split.servers.nats.kill();
			ids.push(await split.upload(vision, author, await labelJpeg({mark: 'without nats'})));
			await split.servers.nats.start();
			await split.servers.redis.start();
			for (const id of ids) await split.read(vision, id, author);
			await split.servers.store.kill();
			const refused = await split.ask(
				vision,
				'POST',
				'/api/v1/images/upload',
				author,
				pictureForm(await labelJpeg({mark: 'without store'})),
			);
			t.true(refused.status >= 500, refused.text);
			await split.servers.store.start();
			await split.read(vision, await split.upload(vision, author, await labelJpeg({mark: 'after'})), author);
			await until('everything is well again', async () => (await split.ask(vision, 'GET', '/ready')).status === 200);
		},
	);
}

interface Service {
	url: string;
	kill(): Promise<void>;
}

/** auth and web in this process, everything else where a test starts it, on real servers of the test's own. */
async function aSplitHouse(t: ExecutionContext) {
	// Several processes and a reader of pictures, perhaps on a machine that does more at the same time.
	t.timeout(300_000);
	const [redis, nats, store] = await Promise.all([startRedis(), startNats(), startMinio()]);
	const database = await freshDatabase();
	t.teardown(async () => {
		await Promise.all([redis, nats, store].map(server => server.remove()));
		await database.close();
	});
	const environment = {
		DATABASE_URL: database.url,
		CACHE_URL: redis.url,
		BUS_URL: nats.url,
		OBJECTS_URL: `s3://${store.access_key}:${store.secret_key}@127.0.0.1:${store.port}/hearth?tls=off`,
		HEARTH_SECRET_KEY: randomBytes(32).toString('hex'),
		HEARTH_STARTER_FOODS: 'off',
		HEARTH_RATE_LIMITS: 'off',
		HEARTH_DRAIN_SECONDS: '2',
		HEARTH_LOG_LEVEL: process.env.HEARTH_LOG_LEVEL ?? 'silent',
	};
	const auth = await aHouse(t, {plugins, only: ['auth', 'web'], settings: environment});

	async function startOne(name: string): Promise<Service> {
		const folder = await mkdtemp(path.join(tmpdir(), `hearth-${name}-`));
		const port = await freePort();
		const hearth = fileURLToPath(new URL('libs/host/hearth.js', root));
		const child = spawn(process.execPath, [hearth, 'serve', name], {
			env: {...process.env, ...environment, HEARTH_DATA: folder, HEARTH_PORT: String(port)},
			stdio: ['ignore', 'ignore', 'inherit'],
		});
		t.teardown(async () => {
			await end(child, 'SIGTERM');
			await rm(folder, {recursive: true, force: true});
		});
		const url = `http://127.0.0.1:${port}`;
		const answers = async () => {
			if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
			return (await fetch(`${url}/ready`).catch(() => null))?.status === 200;
		};
		await until(`${name} is ready`, answers, 60_000);
		return {url, kill: () => end(child, 'SIGKILL')};
	}

	async function ask(at: Service | undefined, method: string, where: string, as?: Person, body?: unknown) {
		const form = body instanceof FormData;
		const response = await fetch((at?.url ?? auth.url) + where, {
			method,
			headers: {
				...(as === undefined ? {} : {authorization: `Bearer ${as.token}`}),
				...(body === undefined || form ? {} : {'content-type': 'application/json'}),
			},
			...(body === undefined ? {} : {body: form ? body : JSON.stringify(body)}),
		});
		const text = await response.text();
		const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : {};
		return {status: response.status, data: json.data, error: json.error, text};
	}

	return {
		servers: {redis, nats, store},
		moderator: await auth.person('moderator'),
		author: await auth.person(),
		other: await auth.person(),
		ask,
		start: (name: string, count = 1) => Promise.all(Array.from({length: count}, () => startOne(name))),
		async upload(at: Service | undefined, as: Person, picture: Buffer): Promise<string> {
			const answer = await ask(at, 'POST', '/api/v1/images/upload', as, pictureForm(picture));
			if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
			return answer.data.id;
		},
		/** Waits until the picture is read. */
		read: (at: Service | undefined, id: string, as: Person) =>
			until(
				`picture ${id} is read`,
				async () => (await ask(at, 'GET', `/api/v1/images/${id}/status`, as)).data?.status === 'done',
				180_000,
			),
	};
}

function pictureForm(picture: Buffer): FormData {
	const form = new FormData();
	form.append('image', new Blob([new Uint8Array(picture)], {type: 'image/jpeg'}), 'label.jpg');
	return form;
}

async function end(child: ChildProcess, signal: NodeJS.Signals) {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill(signal);
	await ended;
}
