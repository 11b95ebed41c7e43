import {type ChildProcess, spawn} from 'node:child_process';
import {randomBytes, randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {until} from '@hearth/ports/contract/until.js';
import {freshDatabase} from '@hearth/ports/test-database.js';
import {findServer} from '@hearth/servers/find.js';
import {startServer} from '@hearth/servers/server-process.js';
import {startNats} from '@hearth/servers/start.js';
import test, {type ExecutionContext} from 'ava';
import {networkOf} from '../http/rate-limit.js';

// Two processes of one house over a real Redis, as they run in production. Each person and each address is of one test alone.

const hearth = fileURLToPath(new URL('../hearth.js', import.meta.url));
const password = 'correct horse battery staple';
const limits = {api: 50, address: 100, auth: 4};

const missing = (['redis-server', 'nats-server'] as const).find(name => findServer(name) === null);
if (missing !== undefined) leftOut(test, 'limits that processes share', `there is no ${missing}`);
else {
	let redisPid = 0;
	const redis = await startServer(
		port => ({
			program: 'redis-server',
			args: ['--port', String(port), '--bind', '127.0.0.1', '--save', ''],
			ready(printed) {
				redisPid = Number(/pid=(\d+)/.exec(printed)?.[1] ?? 0);
				return printed.includes('Ready to accept connections');
			},
		}),
		port => `redis://127.0.0.1:${port}`,
	);
	const nats = await startNats();
	const database = await freshDatabase();
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-limits-'));
	const processes: ChildProcess[] = [];
	const environment = {
		DATABASE_URL: database.url,
		CACHE_URL: redis.url,
		BUS_URL: nats.url,
		HEARTH_SECRET_KEY: randomBytes(32).toString('hex'),
		HEARTH_REGISTRATION: 'open',
		HEARTH_TRUSTED_PROXIES: '127.0.0.1',
		HEARTH_API_LIMIT: String(limits.api),
		HEARTH_ADDRESS_LIMIT: String(limits.address),
		HEARTH_AUTH_LIMIT: String(limits.auth),
		HEARTH_DRAIN_SECONDS: '2',
		HEARTH_PORT: '0',
		HEARTH_LOG_LEVEL: 'warn',
	};

	/** A process with the accounts; `said` is what it logged. */
	async function aProcess(settings: Record<string, string> = {}) {
		const child = spawn(process.execPath, [hearth, 'serve', 'auth'], {
			cwd: folder,
			env: {PATH: process.env.PATH, ...environment, HEARTH_DATA: path.join(folder, randomUUID()), ...settings},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		processes.push(child);
		let said = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => {
				said += text;
			});
		}
		const url = await until(
			'the process is open',
			() => {
				if (child.exitCode !== null) throw new Error(`It ended:\n${said}`);
				return /Hearth is open at (\S+)/.exec(said)?.[1];
			},
			60_000,
		);
		return {url: url.replace('localhost', '127.0.0.1'), said: () => said};
	}
	const both = await Promise.all([aProcess(), aProcess()]);

	type Answer = Awaited<ReturnType<typeof ask>>;

	interface Options {
		from?: string;
		token?: string;
		body?: unknown;
		headers?: Record<string, string>;
	}

	/** Asks one of the two, in turn where it is not said which. */
	let turn = 0;
	async function ask(where: string, {from = anAddress(), token, body, headers = {}}: Options = {}, at = turn++ % 2) {
		const started = Date.now();
		const response = await fetch(`${both[at]?.url}${where}`, {
			method: body === undefined ? 'GET' : 'POST',
			headers: {
				'x-forwarded-for': from,
				...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
				...(body === undefined ? {} : {'content-type': 'application/json'}),
				...headers,
			},
			...(body === undefined ? {} : {body: JSON.stringify(body)}),
		});
		const number = (name: string) => Number(response.headers.get(name) ?? Number.NaN);
		const text = await response.text();
		// biome-ignore lint/suspicious/noExplicitAny: a test looks at answers of every shape
		const json: any = text.startsWith('{') ? JSON.parse(text) : {};
		return {
			status: response.status,
			limit: number('x-rate-limit-limit'),
			remaining: number('x-rate-limit-remaining'),
			reset: number('x-rate-limit-reset'),
			retry_after: number('retry-after'),
			took_ms: Date.now() - started,
			data: json.data,
			error: json.error,
		};
	}
	const flood = (count: number, one: (n: number) => ReturnType<typeof ask>) =>
		Promise.all(Array.from({length: count}, (_, n) => one(n)));
	const many = (answers: readonly {status: number}[], status: number) =>
		answers.filter(answer => answer.status === status).length;

	let addresses = 0;
	/** One that no other test has. */
	const anAddress = () => {
		addresses += 1;
		return `198.18.${addresses >> 8}.${addresses & 255}`;
	};
	const anEmail = () => `${randomUUID()}@example.org`;
	const logIn = (email: string, from: string, given = 'not the right one') =>
		ask('/api/v1/auth/login', {from, body: {email, password: given}});

	/** Somebody with an account, made from this address. */
	async function aPerson(from = anAddress()) {
		const email = anEmail();
		const {data, status, error} = await ask('/api/v1/auth/register', {from, body: {email, password}});
		if (status !== 201) throw new Error(`No account: ${status} ${error?.message}`);
		const token: string = data.access_token;
		return {email, from, id: data.user.id as string, me: (at?: number) => ask('/api/v1/users/me', {from, token}, at)};
	}
	/** Commands to Redis as a person types them; its answers as they come, some lines of text. */
	async function toRedis(...commands: string[]): Promise<string> {
		const socket = connect(redis.port, '127.0.0.1');
		socket.end(`${[...commands, 'QUIT'].join('\r\n')}\r\n`);
		let answer = '';
		for await (const part of socket.setEncoding('utf8')) answer += part;
		return answer;
	}
	const scriptsRun = async () => {
		const stats = await toRedis('INFO commandstats');
		return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
	};

	// The first account is the admin's, and is made on the machine itself.
	await fetch(`${both[0].url}/api/v1/auth/register`, {
		method: 'POST',
		headers: {'content-type': 'application/json'},
		body: JSON.stringify({email: anEmail(), password}),
	});

	test.after.always(async () => {
		await Promise.all(processes.map(child => end(child)));
		await Promise.all([redis.remove(), nats.remove()]);
		await database.close();
		await rm(folder, {recursive: true, force: true});
	});

	/**
	 * A test of exact numbers. An answer of Redis that takes longer than 200 ms is not waited for, and counted by the process itself: so it
	 * is meant, and a busy machine has five tries, each with people and addresses of its own.
	 */
	const exactly = (title: string, body: (t: ExecutionContext) => Promise<void>) =>
		test.serial(title, async t => {
			for (let attempt = 1; ; attempt++) {
				const tried = await t.try(body);
				if (tried.passed || attempt === 5) return tried.commit();
				tried.discard();
			}
		});

	exactly('of a hundred requests at once to two processes exactly the limit of their user pass', async t => {
		const [anna, ben] = [await aPerson(), await aPerson()];
		const answers = await flood(100, n => anna.me(n % 2));
		t.is(many(answers, 200), limits.api);
		t.is(many(answers, 429), 100 - limits.api);
		const passed = answers.filter(({status}) => status === 200).map(({remaining}) => remaining);
		t.deepEqual(
			passed.sort((a, b) => a - b),
			Array.from({length: limits.api}, (_, n) => n),
			'each is told another number that is left',
		);
		t.true(answers.every(({limit}) => limit === limits.api));
		const now_s = Date.now() / 1000;
		t.true(answers.every(({reset}) => reset > now_s - 1 && reset <= now_s + 61));
		const resets = answers.map(({reset}) => reset);
		t.true(Math.max(...resets) - Math.min(...resets) <= 1, 'the window is one');
		const refused = answers.filter(({status}) => status === 429);
		t.true(refused.every(({retry_after}) => retry_after >= 1 && retry_after <= 60));
		t.true(refused.every(({error}) => error.code === 'RATE_LIMITED'));
		t.is((await ben.me()).status, 200, 'another person has a limit of their own');
	});

	exactly('when its window has ended a user begins anew, in both processes', async t => {
		const anna = await aPerson();
		t.is(many(await flood(limits.api, n => anna.me(n % 2)), 200), limits.api);
		// The windows themselves end in the tests of the cache; a minute of it need not be waited for here.
		const [counter = ''] = /^\S*rate:api:user:\S+$/m.exec(await toRedis(`KEYS *rate:api:user:${anna.id}`)) ?? [];
		await toRedis(`DEL ${counter}`);
		t.like(await anna.me(0), {status: 200, remaining: limits.api - 1});
		t.like(await anna.me(1), {status: 200, remaining: limits.api - 2});
	});

	exactly('routes with a limit of their own count apart', async t => {
		const anna = await aPerson();
		const wrong = await flood(limits.auth + 4, () => logIn(anna.email, anna.from));
		t.is(many(wrong, 401), limits.auth);
		t.true(wrong.every(({limit}) => limit === limits.auth));
		t.like(await anna.me(), {status: 200, limit: limits.api, remaining: limits.api - 1});
		t.is((await logIn(anna.email, anna.from, password)).status, 429);
		t.is((await logIn(anEmail(), anna.from)).status, 401, 'another account from there');
	});

	exactly('who tries one account after another is stopped by the address', async t => {
		const from = anAddress();
		const most = limits.auth * 10;
		const answers = await flood(most + 10, () => logIn(anEmail(), from));
		t.is(many(answers, 429), 10);
		t.is((await logIn(anEmail(), anAddress())).status, 401);
	});

	exactly(
		'guessing at an account from ever new addresses is stopped, and its owner signs in at home all the same',
		async t => {
			const anna = await aPerson();
			const most = limits.auth * 10;
			const answers = await flood(most + 10, () => logIn(anna.email, anAddress()));
			t.is(many(answers, 401), most);
			t.is(many(answers, 429), 10);
			const stranger = await logIn(anna.email, anAddress(), password);
			t.is(stranger.status, 429);
			t.true(stranger.retry_after > 60 && stranger.retry_after <= 3600, 'for an hour, not for ever');
			t.is((await logIn(anna.email, anna.from, password)).status, 200);
			t.is((await anna.me()).status, 200, 'and who is signed in stays so');
		},
	);

	exactly('the addresses of one IPv6 network share a limit', async t => {
		const network = `2001:db8:${randomBytes(2).toString('hex')}:1`;
		const answers = await flood(limits.address + 20, n =>
			ask('/api/v1/users/me', {from: `${network}::${n.toString(16)}`}, n % 2),
		);
		t.is(many(answers, 401), limits.address);
		t.is(many(answers, 429), 20);
		t.is((await ask('/api/v1/users/me', {from: network.replace(/1$/, '2::1')})).status, 401);
	});

	exactly('a flood of bad tokens and wrong paths is refused by its address, without asking Redis again', async t => {
		const [from, anna] = [anAddress(), await aPerson()];
		const junk = (n: number) =>
			n % 3 === 0
				? ask('/api/v1/users/me', {from, token: `${randomUUID()}.${n}.x`})
				: ask(n % 3 === 1 ? `/${randomUUID()}` : `/api/v1/none/${n}`, {from});
		const answers = await flood(limits.address + 100, junk);
		t.is(many(answers, 401) + many(answers, 404), limits.address);
		t.is(many(answers, 429), 100);
		t.true(answers.filter(({status}) => status === 429).every(({retry_after}) => retry_after >= 1));
		// Each process has seen it refused once, and asks no more.
		const before = await scriptsRun();
		t.is(many(await flood(200, junk), 429), 200);
		t.is((await scriptsRun()) - before, 0);
		t.is((await ask('/health', {from})).status, 200);
		t.is((await anna.me()).status, 200);
		t.is((await ask('/api/v1/none')).status, 404, 'from another address');
	});

	test.serial('who comes with a good token is not refused for what others at the same address do', async t => {
		const anna = await aPerson();
		for (const at of [0, 1]) t.is((await anna.me(at)).status, 200);
		await flood(limits.address + 20, () => ask('/nothing', {from: anna.from}));
		for (const at of [0, 1]) t.is((await anna.me(at)).status, 200);
	});

	exactly('an address that a client claims in other headers is not believed', async t => {
		const from = anAddress();
		const answers = await flood(limits.address + 20, () =>
			ask('/nothing', {
				from,
				headers: {'cf-connecting-ip': anAddress(), 'x-real-ip': anAddress(), forwarded: `for=${anAddress()}`},
			}),
		);
		t.is(many(answers, 429), 20);
		// What it puts before the proxy's own word.
		t.is((await ask('/nothing', {from: `${anAddress()}, ${from}`})).status, 429);
	});

	/** As long as `work` takes, one person asks both processes, over and over. */
	async function whileAsking<T>(
		anna: Awaited<ReturnType<typeof aPerson>>,
		work: (answers: readonly Answer[]) => Promise<T>,
	) {
		const answers: Answer[] = [];
		let stopping = false;
		const clients = Array.from({length: 8}, async (_, n) => {
			while (!stopping) {
				answers.push(await anna.me(n % 2));
				await new Promise(resolve => setTimeout(resolve, 20));
			}
		});
		try {
			await work(answers);
		} finally {
			stopping = true;
			await Promise.all(clients);
		}
		return answers;
	}

	for (const [what, lose, bringBack] of [
		['is killed', () => redis.kill(), () => redis.start()],
		[
			'hangs',
			async () => {
				process.kill(redisPid, 'SIGSTOP');
				await until('it stands still', async () =>
					/^State:\s+T/m.test(await readFile(`/proc/${redisPid}/status`, 'utf8')),
				);
			},
			async () => void process.kill(redisPid, 'SIGCONT'),
		],
	] as const) {
		test.serial(
			`while Redis ${what} every request is answered, more strictly, and when it is back the limit is shared again`,
			async t => {
				const anna = await aPerson();
				const answers = await whileAsking(anna, async answers => {
					const lately = (expected: number) => answers.slice(-8).every(({limit}) => limit === expected);
					await until('it is under way', () => answers.length > 20);
					await lose();
					await until('both count by themselves', () => lately(limits.api / 2), 60_000);
					await until('their limit is reached', () => answers.slice(-8).every(({status}) => status === 429), 60_000);
					await bringBack();
					await until('both count together', () => lately(limits.api), 60_000);
				});
				t.deepEqual([...new Set(answers.map(({status}) => status))].sort(), [200, 429], 'no other answer');
				// Of the limit, once or twice where a killed Redis forgot, and of half of it in each process.
				t.true(many(answers, 200) <= limits.api * 3, `${many(answers, 200)} passed`);
				t.log(`slowest of ${answers.length}: ${Math.max(...answers.map(({took_ms}) => took_ms))} ms`);
				// The connection's own patience is 25 s; nobody waits for that.
				t.true(answers.every(({took_ms}) => took_ms < 20_000));
				await until('exactly the limit passes again', async () => {
					const ben = await aPerson();
					return many(await flood(100, n => ben.me(n % 2)), 200) === limits.api;
				});
			},
		);
	}

	test.serial('without limits nothing is counted, which the log says', async t => {
		const {url, said} = await aProcess({HEARTH_RATE_LIMITS: 'off'});
		t.regex(said(), /HEARTH_RATE_LIMITS is off: requests are not limited/);
		const statuses = await Promise.all(
			Array.from({length: limits.address + 50}, async () => {
				const response = await fetch(`${url}/api/v1/users/me`);
				t.false(response.headers.has('x-rate-limit-limit'));
				return response.status;
			}),
		);
		t.deepEqual([...new Set(statuses)], [401]);
	});
}

test('addresses of one IPv6 network are one, and those of two are not', t => {
	for (const [address, network] of [
		['192.0.2.7', '192.0.2.7'],
		['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
		['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
		['2001:db8::1', '2001:db8:0:0::/64'],
		['2001:db8:1:3::', '2001:db8:1:3::/64'],
		['::1', '0:0:0:0::/64'],
		['fe80::1%eth0', 'fe80:0:0:0::/64'],
		['', ''],
	] as const) {
		t.is(networkOf(address), network, address);
	}
});

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill('SIGTERM');
	await ended;
}
