import {once} from 'node:events';
import {createConnection, createServer} from 'node:net';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {Client as S3, S3Error} from 'minio';
import {connect} from 'nats';
import pg from 'pg';
import {createClient} from 'redis';
import {findServer, type ServerName} from '../find.js';
import {freePort} from '../free-port.js';
import {makeSmallDisk, type SmallDisk, whyNoSmallDisk} from '../small-disk.js';
import {
	type RealServer,
	startGarage,
	startMinio,
	startNats,
	startPostgres15,
	startRedis,
	startToxiproxy,
} from '../start.js';
import {programs} from '../where.mjs';

// Each real server keeps what it was told, on the same port, when it is stopped and when it is killed.

/** A test that needs a program; where it is missing, it says so, or fails where everything must be there. */
function withServer(title: string, names: ServerName[], body: (t: ExecutionContext) => Promise<void>) {
	test(title, async t => {
		if (names.some(name => findServer(name) !== null)) return body(t);
		t.log(`left out: ${names[0]}: it is not on this machine; node deploy/dev/servers/get.mjs ${names[0]}`);
		if (process.env.HEARTH_REQUIRE_REAL === '1' && !names.every(name => programs[name]?.on_request)) t.fail();
		else t.pass();
	});
}

async function started<Server extends RealServer>(t: ExecutionContext, starting: Promise<Server>): Promise<Server> {
	const server = await starting;
	t.teardown(server.remove);
	return server;
}

/** `write` under another name before each way of ending; all of it must still be there afterwards. */
async function keeps(
	t: ExecutionContext,
	server: RealServer,
	write: (name: string) => Promise<unknown>,
	read: () => Promise<string[]>,
) {
	const {port, url} = server;
	await write('first');
	await server.stop();
	await t.throwsAsync(read, undefined, 'it has stopped');
	await server.start();
	t.deepEqual(await read(), ['first']);
	await write('second');
	await server.kill();
	await server.start();
	await server.start();
	t.deepEqual(await read(), ['first', 'second']);
	t.is(server.port, port);
	t.is(server.url, url);
}

withServer('Redis keeps what it acknowledged', ['redis-server'], async t => {
	const server = await started(t, startRedis());
	const ask = (command: string[]) => redis(server.url, command);
	await keeps(
		t,
		server,
		name => ask(['SET', name, 'x']),
		async () => ((await ask(['KEYS', '*'])) as string[]).sort(),
	);
});

withServer('Redis wants the password that it was given, whatever is in it', ['redis-server'], async t => {
	const {url} = await started(t, startRedis({password: 'a "b" \\ c/@é'}));
	t.is(await redis(url, ['PING']), 'PONG');
	await t.throwsAsync(redis(url.replace(/:[^/]*@/, ''), ['PING']), {message: /NOAUTH/});
});

async function redis(url: string, command: string[]) {
	const client = createClient({url, socket: {reconnectStrategy: false}});
	client.on('error', () => {}); // told by the command as well
	await client.connect();
	try {
		return await client.sendCommand<string | string[]>(command);
	} finally {
		client.destroy();
	}
}

withServer('NATS keeps the streams of JetStream', ['nats-server'], async t => {
	const server = await started(t, startNats({jetstream: true}));
	const withStreams = async <T>(
		use: (streams: Awaited<ReturnType<typeof manager>>['streams']) => Promise<T>,
	): Promise<T> => {
		const {connection, streams} = await manager(server.url);
		try {
			return await use(streams);
		} finally {
			await connection.close();
		}
	};
	await keeps(
		t,
		server,
		name => withStreams(streams => streams.add({name, subjects: [name]})),
		() => withStreams(async streams => (await streams.names().next()).sort()),
	);
});

async function manager(url: string) {
	const connection = await connect({servers: url, reconnect: false});
	return {connection, streams: (await connection.jetstreamManager()).streams};
}

for (const [name, start] of [
	['minio', startMinio],
	['garage', startGarage],
] as const) {
	withServer(`${name} keeps its objects, and refuses who has not its key`, [name], async t => {
		const server = await started(t, start());
		const client = (secretKey: string) =>
			new S3({
				endPoint: '127.0.0.1',
				port: server.port,
				useSSL: false,
				accessKey: server.access_key,
				secretKey,
				region: server.region,
			});
		const ours = client(server.secret_key);
		await ours.makeBucket('pictures');
		await keeps(
			t,
			server,
			name => ours.putObject('pictures', name, `picture of ${name}`, undefined, {'x-amz-meta-of': name}),
			async () => {
				const found: string[] = [];
				for await (const {name} of ours.listObjectsV2('pictures')) found.push(name);
				return found.sort();
			},
		);
		t.is(await text(await ours.getObject('pictures', 'first')), 'picture of first');
		t.is((await ours.statObject('pictures', 'second')).metaData.of, 'second');
		const refused = await t.throwsAsync<S3Error>(client('another').listBuckets(), {instanceOf: S3Error});
		t.regex(refused.code ?? '', /SignatureDoesNotMatch|AccessDenied/);
	});
}

/** Null, which has been said, on a system that allows none. */
async function aSmallDisk(t: ExecutionContext, size_bytes: number): Promise<SmallDisk | null> {
	const why = whyNoSmallDisk();
	if (why === null) {
		const disk = await makeSmallDisk(size_bytes);
		t.teardown(disk.remove);
		return disk;
	}
	t.log(`left out: ${why}`);
	if (process.env.HEARTH_REQUIRE_REAL === '1') t.fail();
	else t.pass();
	return null;
}

withServer('NATS on a small disk finds no room, and keeps what it had', ['nats-server'], async t => {
	const disk = await aSmallDisk(t, 32 * 2 ** 20);
	if (disk === null) return;
	const server = await started(t, startNats({disk}));
	const {connection, streams} = await manager(server.url);
	t.teardown(() => connection.close());
	await streams.add({name: 'kept', subjects: ['kept']});
	const publisher = connection.jetstream();
	await publisher.publish('kept', 'before');
	await disk.full();
	await t.throwsAsync(async () => {
		for (let n = 0; n < 100; n++) await publisher.publish('kept', Buffer.alloc(500_000));
	});
	await disk.freed();
	await connection.close();
	await server.kill();
	await server.start();
	const again = await manager(server.url);
	t.teardown(() => again.connection.close());
	t.true((await again.streams.info('kept')).state.messages >= 1);
});

withServer('PostgreSQL 15 on a small disk keeps what it committed before there was no room', ['postgres'], async t => {
	const disk = await aSmallDisk(t, 160 * 2 ** 20);
	if (disk === null) return;
	const server = await started(t, startPostgres15({disk}));
	const connected = async () => {
		const client = new pg.Client(server.url);
		client.on('error', () => {}); // the server goes down
		await client.connect();
		t.teardown(() => client.end());
		return client;
	};
	const client = await connected();
	await client.query('create table kept (n int, padding text)');
	let committed = 0;
	const commit = () =>
		client.query(`insert into kept select $1::int, string_agg(md5(random()::text), '') from generate_series(1, 500)`, [
			committed,
		]);
	for (; committed < 200; committed++) await commit();
	await disk.full();
	// The table finds no room for another row, or the log of what was done, with which the server goes down.
	await t.throwsAsync(async () => {
		for (; committed < 10_000; committed++) await commit();
	});
	await disk.freed();
	await server.kill();
	await server.start();
	const {rows} = await (await connected()).query<{n: number}>('select n from kept order by n');
	t.true(rows.length >= committed, 'one that failed may have been done');
	for (let n = 0; n < committed; n++) t.is(rows[n]?.n, n);
});

withServer('a server that is paused answers nobody until it goes on', ['redis-server'], async t => {
	const server = await started(t, startRedis());
	await server.pause();
	const asked = redis(server.url, ['PING']);
	t.is(await Promise.race([asked, new Promise(resolve => setTimeout(resolve, 300, 'silent'))]), 'silent');
	server.resume();
	t.is(await asked, 'PONG');
	await server.pause();
	await server.stop();
	await t.throwsAsync(redis(server.url, ['PING']), undefined, 'one that is paused can be stopped as well');
});

withServer('PostgreSQL 15 keeps what was committed, and wants its password', ['postgres'], async t => {
	const server = await started(t, startPostgres15());
	const query = async (sql: string, url = server.url): Promise<string[]> => {
		const client = new pg.Client(url);
		await client.connect();
		try {
			return (await client.query<{name: string}>(sql)).rows.map(({name}) => name);
		} finally {
			await client.end();
		}
	};
	t.regex((await query(`select current_setting('server_version') as name`))[0] ?? '', /^15\./);
	await query('create table kept (name text)');
	await keeps(
		t,
		server,
		name => query(`insert into kept values ('${name}')`),
		() => query('select name from kept order by 1'),
	);
	await t.throwsAsync(query('select 1', server.url.replace(/:[^:@]*@/, ':wrong@')), {message: /password/});
});

withServer('PostgreSQL 15 stops although a client is still there', ['postgres'], async t => {
	const server = await started(t, startPostgres15());
	const client = new pg.Client(server.url);
	client.on('error', () => {}); // that it is cut off is the point
	await client.connect();
	await server.stop();
	await t.throwsAsync(client.query('select 1'));
});

withServer('a proxy of Toxiproxy passes on, until it is told to cut', ['toxiproxy-server'], async t => {
	const behind = createServer(socket => socket.end('hello')).listen(0, '127.0.0.1');
	t.teardown(() => behind.close());
	await once(behind, 'listening');
	const {port} = behind.address() as {port: number};
	const proxies = await started(t, startToxiproxy());
	const [there, body] = [`http://127.0.0.1:${await freePort()}`, (enabled: boolean) => JSON.stringify({enabled})];
	const post = (path: string, content: string) => fetch(`${proxies.url}${path}`, {method: 'POST', body: content});
	const made = await post(
		'/proxies',
		JSON.stringify({name: 'it', listen: there.slice(7), upstream: `127.0.0.1:${port}`}),
	);
	t.is(made.status, 201, await made.text());
	t.is(await hello(there), 'hello');
	t.is((await post('/proxies/it', body(false))).status, 200);
	await t.throwsAsync(hello(there));
	await proxies.kill();
	await proxies.start();
	t.deepEqual(await (await fetch(`${proxies.url}/proxies`)).json(), {}, 'it forgets its proxies');
});

async function hello(url: string): Promise<string> {
	const {hostname, port} = new URL(url);
	const socket = createConnection(Number(port), hostname);
	await once(socket, 'connect');
	return text(socket);
}

withServer('a server that cannot start says why and leaves nothing', ['nats-server'], async t => {
	// A file where the folder of the streams would be made.
	const {message} = await t.throwsAsync(startNats({store: '/dev/null/streams'}));
	t.regex(message, /nats-server ended at its start \(1\):[\s\S]*not a directory/);
});
