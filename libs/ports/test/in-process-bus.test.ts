import test, {type ExecutionContext} from 'ava';
import {busContract} from '../contract/bus.js';
import {until} from '../contract/until.js';
import {BUS_MIGRATIONS, openInProcessBus} from '../drivers/in-process-bus.js';
import {asOwner, openPostgres} from '../drivers/postgres.js';
import {freshDatabase} from '../test-database.js';

const log = {info() {}, warn() {}, error() {}};

async function aDatabase(t: ExecutionContext) {
	const made = await freshDatabase({
		template: {key: 'bus', prepare: database => database.migrate('bus', BUS_MIGRATIONS)},
	});
	t.teardown(made.close);
	return made;
}

busContract(test, {
	name: 'in-process bus',
	several: false,
	async make(t) {
		const {database} = await aDatabase(t);
		return {open: () => openInProcessBus({database, log})};
	},
});

test('a handled message keeps no payload', async t => {
	const {database} = await aDatabase(t);
	const bus = await openInProcessBus({database, log});
	t.teardown(() => bus.close());
	await bus.subscribe('a.b', {group: 'food', backoff_ms: () => 10, handle: async () => {}});
	await bus.publish('a.b', {private: 'text'}, {id: 'one'});
	await until('it was handled', () => database.find('select from bus.deliveries where handled_at is not null'));
	t.deepEqual(await database.many('select payload from bus.deliveries'), [{payload: null}]);
});

test('what a command publishes beside the running house is delivered by the house at once', async t => {
	const {database, url} = await aDatabase(t);
	const bus = await openInProcessBus({database, log});
	t.teardown(() => bus.close());
	const got: unknown[] = [];
	await bus.subscribe('a.b', {
		group: 'food',
		backoff_ms: () => 10,
		handle: async ({payload}) => void got.push(payload),
	});

	const command = await openPostgres({url, log});
	const itsBus = await openInProcessBus({database: command, log});
	await itsBus.publish('a.b', 'from a command', {id: 'one'});
	await itsBus.close();
	await command.close();
	await until('it came', () => got.length > 0);
	t.deepEqual(got, ['from a command']);
});

test('a bus at rest asks the database nothing', async t => {
	const {database, url} = await aDatabase(t);
	const bus = await openInProcessBus({database, log});
	t.teardown(() => bus.close());
	let handled = 0;
	await bus.subscribe('a.b', {group: 'food', backoff_ms: () => 10, handle: async () => void handled++});
	await bus.publish('a.b', 1, {id: 'one'});
	await until('it was handled', () => handled === 1);
	const lastQuery = () =>
		asOwner(url, sql =>
			sql.one<{at: Date; active: number}>(
				`select max(query_start) as at, count(*) filter (where state = 'active') as active from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid()`,
			),
		);
	await until('it came to rest', async () => (await lastQuery()).active === 0);
	const before = await lastQuery();
	await new Promise(resolve => setTimeout(resolve, 1_000));
	t.deepEqual(await lastQuery(), before);
});

test('a message whose outcome the database refuses to note is delivered again, and not in a tight loop', async t => {
	const {database, url} = await aDatabase(t);
	const bus = await openInProcessBus({database, log});
	t.teardown(() => bus.close());
	let handled = 0;
	await bus.subscribe('a.b', {group: 'food', backoff_ms: () => 10, handle: async () => void handled++});
	await asOwner(url, sql =>
		sql.run(`create function bus.refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
			create trigger refuse before update of handled_at on bus.deliveries for each row execute function bus.refuse()`),
	);
	await bus.publish('a.b', 1, {id: 'one'});
	await until('it was handled', () => handled === 1);
	await new Promise(resolve => setTimeout(resolve, 500));
	t.is(handled, 1);
	await asOwner(url, sql => sql.run('drop trigger refuse on bus.deliveries'));
	await until('it came again', () => handled === 2);
	await until('it was noted', () => database.find('select from bus.deliveries where handled_at is not null'));
});

test('one group subscribes to a subject once in a process', async t => {
	const {database} = await aDatabase(t);
	const bus = await openInProcessBus({database, log});
	t.teardown(() => bus.close());
	const consumer = {group: 'food', backoff_ms: () => 10, handle: async () => {}};
	await bus.subscribe('a.b', consumer);
	await t.throwsAsync(bus.subscribe('a.b', consumer), {message: /food subscribes to a\.b twice/});
});
