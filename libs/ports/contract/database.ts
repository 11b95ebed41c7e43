import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {ExecutionContext, TestFn} from 'ava';
import {type Database, isUniqueViolation, RowCountError, type Transaction} from '../database.js';
import type {Log} from '../driver.js';
import {asOwner} from '../drivers/postgres.js';
import {until} from './until.js';

export interface DatabaseUnderTest {
	/** An empty database of its own. */
	make: (t: ExecutionContext, log?: Log) => Promise<{database: Database; url: string}>;
	name: string;
	/** The server is gone, at once. A driver that brings it back by itself may do so. */
	stopServer: () => Promise<void>;
	/** The server answers again. */
	startServer: () => Promise<void>;
}

const ANNA = '0198a000-0000-7000-8000-00000000000a';
const BERT = '0198a000-0000-7000-8000-00000000000b';

/** A folder of migrations, removed at the end. */
async function folderOf(t: ExecutionContext, files: Record<string, string>): Promise<URL> {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-migrations-'));
	t.teardown(() => rm(folder, {recursive: true}));
	for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
	return pathToFileURL(`${folder}/`);
}

const NOTES = {
	'0001-notes.sql': `
		create table notes.notes (id int primary key, user_id uuid, text text not null);
		create table notes.log (id bigint generated always as identity primary key, text text not null);
		alter table notes.notes enable row level security;
		create policy own on notes.notes
			using (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid);`,
};

/** What every driver of the database port must do. */
export function databaseContract(test: TestFn, {name, make, stopServer, startServer}: DatabaseUnderTest): void {
	const it = (title: string, body: (t: ExecutionContext) => Promise<void>) => test(`${name}: ${title}`, body);

	async function withNotes(t: ExecutionContext) {
		const made = await make(t);
		await made.database.migrate('notes', await folderOf(t, NOTES));
		return made;
	}

	it('values come as numbers, days, instants and objects, and as text where a number would be wrong', async t => {
		const {database} = await make(t);
		t.deepEqual(
			await database.one(`select 9007199254740991 as safe, 9007199254740993 as unsafe, 0.1::numeric as decimal,
				'NaN'::numeric as nan, count(*) as count, date '2024-02-29' as day, timestamptz '2024-02-29 12:00+02' as instant,
				'{"a": [1, null]}'::jsonb as json, array[1, null]::bigint[] as numbers, array[date '2024-01-01'] as days,
				array[[0.5], [1.5]]::numeric[] as nested, null as nothing, true as yes`),
			{
				safe: 9007199254740991,
				unsafe: '9007199254740993',
				decimal: 0.1,
				nan: 'NaN',
				count: 1,
				day: '2024-02-29',
				instant: new Date('2024-02-29T10:00:00Z'),
				json: {a: [1, null]},
				numbers: [1, null],
				days: ['2024-01-01'],
				nested: [[0.5], [1.5]],
				nothing: null,
				yes: true,
			},
		);
	});

	it('each way of asking answers its number of rows or throws', async t => {
		const {database} = await make(t);
		const rows = (n: number) => `select * from generate_series(1, ${n}) as n`;
		t.deepEqual(await database.many(rows(0)), []);
		t.is((await database.many(rows(3))).length, 3);
		t.deepEqual(await database.one(rows(1)), {n: 1});
		await t.throwsAsync(database.one(rows(0)), {instanceOf: RowCountError, message: /got 0: select/});
		await t.throwsAsync(database.one(rows(2)), {instanceOf: RowCountError, message: /got 2/});
		t.is(await database.find(rows(0)), null);
		t.deepEqual(await database.find(rows(1)), {n: 1});
		await t.throwsAsync(database.find(rows(2)), {instanceOf: RowCountError});
	});

	it('`run` answers how many rows it touched', async t => {
		const {database} = await withNotes(t);
		t.is(await database.run('insert into notes.log (text) select n::text from generate_series(1, 4) as n'), 4);
		t.is(await database.run('update notes.log set text = $1 where id <= $2', ['new', 2]), 2);
		t.is(await database.run('delete from notes.log where id > 99'), 0);
	});

	it('a query composed with the builder runs like one written as text', async t => {
		const {database} = await withNotes(t);
		const {build} = database;
		t.is(await database.run(build('notes.log').insert([{text: 'a ? b'}, {text: "it's"}])), 2);
		const query = build('notes.log').select('text').where('text', 'like', '%?%').orderBy('id').limit(5);
		t.deepEqual(await database.many(query), [{text: 'a ? b'}]);
	});

	it('a transaction commits when its work resolves and rolls back when it throws', async t => {
		const {database} = await withNotes(t);
		const answer = await database.transaction(async tx => {
			await tx.run(`insert into notes.log (text) values ('kept')`);
			return 'answer';
		});
		t.is(answer, 'answer');
		await t.throwsAsync(
			database.transaction(async tx => {
				await tx.run(`insert into notes.log (text) values ('lost')`);
				throw new Error('changed my mind');
			}),
			{message: 'changed my mind'},
		);
		t.deepEqual(await database.many('select text from notes.log'), [{text: 'kept'}]);
	});

	it('a transaction that commits nothing because a failure was caught inside says so', async t => {
		const {database} = await withNotes(t);
		let afterCommit = false;
		await t.throwsAsync(
			database.transaction(async tx => {
				tx.afterCommit(() => {
					afterCommit = true;
				});
				await tx.run(`insert into notes.log (text) values ('lost')`);
				await tx.run('select 1 / 0').catch(() => {});
			}),
			{message: /^Nothing was committed/},
		);
		t.false(afterCommit);
		t.deepEqual(await database.many('select text from notes.log'), []);
	});

	it('queries asked at once in a transaction run one after another, and unawaited ones before its end', async t => {
		const {database} = await withNotes(t);
		await database.transaction(async tx => {
			await Promise.all([1, 2, 3].map(n => tx.run('insert into notes.log (text) values ($1)', [`${n}`])));
			void tx.run(`insert into notes.log (text) values ('4')`);
		});
		t.deepEqual(
			(await database.many<{text: string}>('select text from notes.log order by id')).map(row => row.text),
			['1', '2', '3', '4'],
		);
	});

	it('a transaction in which an unawaited query fails commits nothing and says why', async t => {
		const {database} = await withNotes(t);
		const failing = (after: (tx: Transaction) => Promise<unknown>) =>
			database.transaction(async tx => {
				await tx.run(`insert into notes.log (text) values ('lost')`);
				tx.run('select 1 / 0').catch(() => {});
				await after(tx);
			});
		const error = await t.throwsAsync(
			failing(async () => {}),
			{message: /^Nothing was committed/},
		);
		t.regex(String(error?.cause), /division by zero/);
		await t.throwsAsync(
			failing(tx => tx.one('select 1')),
			{message: /division by zero/},
		);
		t.deepEqual(await database.many('select text from notes.log'), []);
	});

	it('a transaction that has ended takes no more queries', async t => {
		const {database} = await make(t);
		const tx = await database.transaction(async tx => tx);
		await t.throwsAsync(tx.one('select 1'), {message: /has ended/});
	});

	it('what waits for the commit runs after it, in order, sees it, and cannot undo it', async t => {
		const {database} = await withNotes(t);
		const seen: unknown[] = [];
		await database.transaction(async tx => {
			tx.afterCommit(async () => {
				seen.push(await database.one('select count(*) as count from notes.log'));
			});
			tx.afterCommit(() => {
				throw new Error('of the callback alone');
			});
			tx.afterCommit(() => void seen.push('last'));
			await tx.run(`insert into notes.log (text) values ('a')`);
			t.deepEqual(seen, []);
		});
		t.deepEqual(seen, [{count: 1}, 'last']);
	});

	it('nothing waits for a commit that did not come', async t => {
		const {database} = await make(t);
		await t.throwsAsync(
			database.transaction(async tx => {
				tx.afterCommit(() => t.fail());
				throw new Error('no');
			}),
		);
	});

	it('many transactions at once wait their turn, also when each asks for more after its commit', async t => {
		const {database} = await make(t);
		const answers = await Promise.all(
			Array.from({length: 60}, (_, n) =>
				database.transaction(async tx => {
					tx.afterCommit(async () => {
						await database.one('select 1');
					});
					return (await tx.one<{n: number}>('select $1::int as n, pg_sleep(0.005)', [n])).n;
				}),
			),
		);
		t.deepEqual(
			answers,
			Array.from({length: 60}, (_, n) => n),
		);
	});

	it('the app owns nothing, cannot pass by row-level security and cannot become another', async t => {
		const {database} = await withNotes(t);
		t.deepEqual(
			await database.one(
				`select rolsuper, rolbypassrls, rolcanlogin, (select count(*) from pg_class where relowner = pg_roles.oid) as owns
				from pg_roles where rolname = current_user`,
			),
			{rolsuper: false, rolbypassrls: false, rolcanlogin: false, owns: 0},
		);
		for (const forbidden of [
			'create table notes.mine (id int)',
			'drop table notes.notes',
			'alter table notes.notes disable row level security',
			'truncate notes.log',
			'select * from notes.migrations',
			'create schema other',
		]) {
			await t.throwsAsync(database.run(forbidden), {message: /permission denied|must be owner/}, forbidden);
		}
		await database.run('reset role');
		t.notThrows(() => database.check());
		t.deepEqual(await database.one('select current_user::text as who'), {who: 'hearth_app'});
	});

	it('a user sees and changes only what is theirs, and nobody sees what is nobody’s', async t => {
		const {database, url} = await withNotes(t);
		const notes = 'select id from notes.notes order by id';
		await asOwner(url, sql =>
			sql.run(`insert into notes.notes values (1, '${ANNA}', 'a'), (2, '${BERT}', 'b'), (3, null, 'nobody')`),
		);
		t.deepEqual(await database.as(ANNA, tx => tx.many(notes)), [{id: 1}]);
		t.deepEqual(await database.as(BERT, tx => tx.many(notes)), [{id: 2}]);
		t.deepEqual(await database.snapshot(tx => tx.many(notes), ANNA), [{id: 1}]);
		t.is(await database.as(ANNA, tx => tx.run(`update notes.notes set text = 'mine'`)), 1);
		t.is(await database.as(ANNA, tx => tx.run('delete from notes.notes where id > 1')), 0);
		await t.throwsAsync(
			database.as(ANNA, tx => tx.run(`insert into notes.notes values (4, '${BERT}', 'planted')`)),
			{message: /row-level security/},
		);
		// No user: not the rows of nobody, on no connection of the pool, whatever ran there before.
		const nobody = await Promise.all(Array.from({length: 20}, () => database.many(notes)));
		t.true(nobody.every(rows => rows.length === 0));
		t.deepEqual(await database.transaction(tx => tx.many(notes)), []);
	});

	it('what is not a user’s id is refused before it reaches the server', async t => {
		const {database} = await make(t);
		for (const id of ['', 'anna', `${ANNA}'; drop table notes; --`]) {
			await t.throwsAsync(
				database.as(id, async () => t.fail()),
				{instanceOf: TypeError},
			);
		}
	});

	it('a snapshot shows one state throughout and writes nothing', async t => {
		const {database} = await withNotes(t);
		const count = 'select count(*) as count from notes.log';
		await database.snapshot(async tx => {
			t.deepEqual(await tx.one(count), {count: 0});
			await database.run(`insert into notes.log (text) values ('later')`);
			t.deepEqual(await tx.one(count), {count: 0});
		});
		t.deepEqual(await database.one(count), {count: 1});
		await t.throwsAsync(
			database.snapshot(tx => tx.run(`insert into notes.log (text) values ('x')`)),
			{message: /read-only/},
		);
	});

	it('a broken unique index is told from other failures, and no error shows what is in a row', async t => {
		const {database} = await withNotes(t);
		const insert = () =>
			database.as(ANNA, tx => tx.run('insert into notes.notes values (1, $1, $2)', [ANNA, 'secret text']));
		await insert();
		const error = await t.throwsAsync(insert());
		t.true(isUniqueViolation(error));
		t.true(isUniqueViolation(error, 'notes_pkey'));
		t.false(isUniqueViolation(error, 'another'));
		t.like(error, {query: 'insert into notes.notes values (1, $1, $2)'});
		t.notRegex(JSON.stringify({...error}), /secret|0198a000/);
		const other = await t.throwsAsync(database.one('select 1 / 0'));
		t.false(isUniqueViolation(other));
	});

	it('a text with NUL is refused and the connection stays good', async t => {
		const {database} = await withNotes(t);
		for (let n = 0; n < 15; n++) {
			await t.throwsAsync(database.run('insert into notes.log (text) values ($1)', ['a\0b']));
		}
		t.deepEqual(await database.one('select count(*) as count from notes.log'), {count: 0});
	});

	it('a migration is applied once and in order, by however many start at once', async t => {
		const {database, url} = await make(t);
		const folder = await folderOf(t, {
			'0001-first.sql': 'create table zoo.steps (step int, note text); insert into zoo.steps values (1)',
			'0002-second.sql': `insert into zoo.steps values (2, 'why? \\? ?? {"a": 1}'); select '{}'::jsonb ? 'a'`,
		});
		await Promise.all([1, 2, 3].map(() => database.migrate('zoo', folder)));
		await database.migrate('zoo', folder);
		t.deepEqual(await database.many('select step, note from zoo.steps'), [
			{step: 1, note: null},
			{step: 2, note: 'why? \\? ?? {"a": 1}'},
		]);
		await writeFile(new URL('0003-third.sql', folder), 'insert into zoo.steps values (3)');
		await database.migrate('zoo', folder);
		t.is((await asOwner(url, sql => sql.many('select name from zoo.migrations'))).length, 3);
		t.is((await database.many('select * from zoo.steps')).length, 3);
	});

	it('a migration that fails is named, leaves nothing of itself, and those before it stay', async t => {
		const {database} = await make(t);
		const folder = await folderOf(t, {
			'0001-good.sql': 'create table zoo.good (id int)',
			'0002-bad.sql': 'create table zoo.bad (id int); insert into zoo.missing values (1)',
		});
		await t.throwsAsync(database.migrate('zoo', folder), {message: /0002-bad\.sql.*zoo\.missing/});
		t.deepEqual(await database.many('select * from zoo.good'), []);
		t.deepEqual(await database.one(`select to_regclass('zoo.bad') as bad`), {bad: null});
		await writeFile(new URL('0002-bad.sql', folder), 'create table zoo.bad (id int)');
		await database.migrate('zoo', folder);
		t.deepEqual(await database.many('select * from zoo.bad'), []);
	});

	it('a migration may take rights from the app, and later starts do not give them back', async t => {
		const {database} = await make(t);
		const folder = await folderOf(t, {
			'0001-history.sql': 'create table zoo.history (id int); revoke update, delete on zoo.history from hearth_app',
		});
		await database.migrate('zoo', folder);
		await writeFile(new URL('0002-more.sql', folder), 'create table zoo.more (id serial)');
		await database.migrate('zoo', folder);
		await database.run('insert into zoo.history values (1)');
		await t.throwsAsync(database.run('delete from zoo.history'), {message: /permission denied/});
		await database.run('insert into zoo.more default values');
	});

	it('a migration folder with an odd name, a number twice or a file missing is refused', async t => {
		const {database} = await make(t);
		const migrate = async (files: Record<string, string>) => database.migrate('zoo', await folderOf(t, files));
		await t.throwsAsync(migrate({'1-short.sql': ''}), {message: /not named like/});
		await t.throwsAsync(migrate({'0001-a.sql': '', '0001-b.sql': ''}), {message: /bear the number 0001/});
		await migrate({'0001-a.sql': 'select 1', '0002-b.sql': 'select 1'});
		await t.throwsAsync(migrate({'0001-a.sql': 'select 1'}), {message: /0002-b\.sql/});
		await t.throwsAsync(database.migrate('no; schema', await folderOf(t, {})), {message: /Not a schema name/});
	});

	it('pg_trgm and unaccent are there for a migration to create, and know letters beyond ASCII', async t => {
		const {database} = await make(t);
		await database.migrate(
			'zoo',
			await folderOf(t, {'0001-search.sql': 'create extension pg_trgm; create extension unaccent'}),
		);
		t.deepEqual(
			await database.one(
				`select similarity('ÄPFEL', 'äpfel') as same, similarity('ÄPFEL', 'apfel') < 1 as differ, unaccent('Crème') as plain`,
			),
			{same: 1, differ: true, plain: 'Creme'},
		);
	});

	it('a connection ended in the middle of a transaction fails it, commits nothing, and is replaced', async t => {
		const {database, url} = await withNotes(t);
		await t.throwsAsync(
			database.transaction(async tx => {
				await tx.run(`insert into notes.log (text) values ('lost')`);
				const {pid} = await tx.one<{pid: number}>('select pg_backend_pid() as pid');
				await asOwner(url, sql => sql.one('select pg_terminate_backend($1)', [pid]));
				await tx.one('select 1');
			}),
		);
		t.deepEqual(await database.many('select * from notes.log'), []);
	});

	it('who listens hears what others notify on the channel, and only that', async t => {
		const {database, url} = await make(t);
		const heard: unknown[] = [];
		await database.listen('news', payload => heard.push(payload));
		await database.listen('other_news', payload => heard.push(`other ${payload}`));
		await asOwner(url, sql => sql.one(`select pg_notify('news', 'a'), pg_notify('unheard', 'b')`));
		await database.one(`select pg_notify('other_news', '')`);
		await until('both were heard', () => heard.length >= 2);
		t.deepEqual(heard, ['a', 'other ']);
		await t.throwsAsync(
			database.listen('no; channel', () => {}),
			{instanceOf: TypeError},
		);
	});

	it('an idle connection that the server ends is told in the log without what it held, and costs no query', async t => {
		const told: object[] = [];
		const {database, url} = await make(t, {info() {}, warn: details => void told.push(details), error() {}});
		const {pid} = await database.one<{pid: number}>('select pg_backend_pid() as pid');
		await asOwner(url, sql => sql.one('select pg_terminate_backend($1)', [pid]));
		await until('the loss is told', () => told.length > 0);
		t.deepEqual(Object.keys(told[0] ?? {}), ['err']);
		t.false(Object.hasOwn((told[0] as {err: object}).err, 'client'));
		await database.one('select 1');
	});

	it('the server itself ends a statement and a transaction that are forgotten', async t => {
		const {database} = await make(t);
		const limits = await database.many<{name: string; ms: number}>(
			`select name, setting::int as ms from pg_settings
			where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`,
		);
		t.is(limits.length, 2);
		for (const {name, ms} of limits) t.true(ms > 0 && ms <= 60_000, `${name} is ${ms}`);
		await t.throwsAsync(
			database.transaction(async tx => {
				await tx.run('set local statement_timeout = 50');
				await tx.one('select pg_sleep(60)');
			}),
			{code: '57014'},
		);
		await database.one('select 1');
	});

	it('who finds every connection in use waits for one, and fails after some seconds instead of for ever', async t => {
		const {database} = await make(t);
		let letGo = () => {};
		const until_released = new Promise<void>(resolve => {
			letGo = resolve;
		});
		let begun = 0;
		const holders = Array.from({length: 10}, () =>
			database.transaction(async tx => {
				await tx.one('select 1');
				begun++;
				await until_released;
			}),
		);
		await until('all connections are in use', () => begun === 10);
		const vain = await Promise.allSettled([database.one('select 1'), database.transaction(tx => tx.one('select 1'))]);
		t.deepEqual(
			vain.map(({status}) => status),
			['rejected', 'rejected'],
		);
		const patient = database.one('select 2 as two');
		letGo();
		t.deepEqual(await patient, {two: 2});
		await Promise.all(holders);
	});

	it('closing twice is fine', async t => {
		const {database} = await make(t);
		await database.close();
		await database.close();
		await t.throwsAsync(database.one('select 1'));
	});

	// The server is everybody's, so these run alone.
	test.serial(`${name}: of transactions under way when the server goes each ends, in whole or not at all`, async t => {
		const {database} = await withNotes(t);
		const committed = new Set<string>();
		let begun = 0;
		let failed = 0;
		let stopping = false;
		const writers = Array.from({length: 8}, async (_, writer) => {
			for (let n = 0; !stopping; n++) {
				const text = `${writer}/${n}`;
				try {
					await database.transaction(async tx => {
						await tx.run('insert into notes.log (text) values ($1)', [text]);
						begun++;
						await tx.run('insert into notes.log (text) values ($1)', [text]);
					});
					committed.add(text);
				} catch {
					// As it must while there is no server; what counts is what is there afterwards.
					failed++;
					await new Promise(resolve => setTimeout(resolve, 20));
				}
			}
		});
		await until('they are at it', () => begun > 40);
		await stopServer();
		await until('the loss is felt', () => failed > 0);
		await startServer();
		const so_far = committed.size;
		await until('they go on', () => committed.size > so_far + 40, 60_000);
		stopping = true;
		await Promise.all(writers);
		const kept = await database.many<{text: string; rows: number}>(
			'select text, count(*)::int as rows from notes.log group by text',
		);
		t.deepEqual(
			kept.filter(({rows}) => rows !== 2),
			[],
			'no half of a transaction',
		);
		const texts = new Set(kept.map(({text}) => text));
		t.deepEqual(
			[...committed].filter(text => !texts.has(text)),
			[],
			'what was said to be committed is there',
		);
	});

	test.serial(`${name}: a lost server is noticed within 2.5 s, and told when it is back`, async t => {
		const {database} = await withNotes(t);
		await database.check();
		let returned = 0;
		database.onReconnect(() => returned++);
		const heard: unknown[] = [];
		await database.listen('news', payload => heard.push(payload));
		await stopServer();
		const asked_at = Date.now();
		// A driver that brings its server back may have done so before anyone noticed.
		await Promise.allSettled([
			database.check(),
			database.one('select 1'),
			database.transaction(tx => tx.one('select 1')),
		]);
		t.true(Date.now() - asked_at < 30_000);
		await startServer();
		await until('the database is told to be back', () => returned > 0, 30_000);
		await database.check();
		await database.run(`insert into notes.log (text) values ('after')`);
		await until('listeners are told that they may have missed something', () => heard.length > 0);
		await database.one(`select pg_notify('news', 'fresh')`);
		await until('listening goes on', () => heard.length > 1);
		t.deepEqual(heard, [null, 'fresh']);
	});
}
