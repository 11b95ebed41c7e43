import test from 'ava';
import {aPouchHouse, everything, type Pouch, remoteOf, replicate} from './pouches.js';

test('a replication goes on from its checkpoint: what was carried before is not carried again', async t => {
	const house = await aPouchHouse(t);
	const someone = await house.person();
	const [phone, tablet] = [house.device(), house.device()];
	await phone.bulkDocs(Array.from({length: 250}, (_, n) => ({_id: `d${n}`, n})));
	await replicate(phone, house.remote(someone, 'notes'));
	await replicate(tablet, house.remote(someone, 'notes'));
	t.is((await tablet.allDocs()).total_rows, 250);
	await phone.put({_id: 'one more'});
	await replicate(phone, house.remote(someone, 'notes'));
	const asked: string[] = [];
	const counting = remoteOf(house, someone, 'notes', (url, go) => {
		asked.push(url.pathname.split('/').at(-1) ?? '');
		return go();
	});
	const {docs_written} = await tablet.replicate.from(counting);
	t.is(docs_written, 1);
	t.is(asked.filter(what => what === '_bulk_get').length, 1);
});

test('where every answer may be lost on its way, and the house is stopped in between, replication comes to the same on all devices', async t => {
	const house = await aPouchHouse(t);
	const someone = await house.person();
	const devices = [house.device(), house.device()];
	let count = 0;
	const shaky = (every: number) =>
		remoteOf(house, someone, 'notes', async (_url, go) => {
			count += 1;
			const lost = count % every;
			if (lost === 0) throw new TypeError('network is down');
			const answer = await go();
			if (lost === 1) {
				await answer.body?.cancel();
				throw new TypeError('the answer was lost');
			}
			return answer;
		});
	for (const [index, db] of devices.entries()) {
		await db.bulkDocs(Array.from({length: 120}, (_, n) => ({_id: `d${n + index * 60}`, by: index, n})));
	}
	let failures = 0;
	for (let round = 0; round < 12; round += 1) {
		if (round === 4) await house.restart();
		for (const db of devices) {
			await db.sync(shaky(7 + round * 3)).catch(() => {
				failures += 1;
			});
		}
	}
	t.true(failures > 0);
	for (const db of [...devices, ...devices]) await replicate(db, house.remote(someone, 'notes'));
	const [first, second] = devices as [Pouch, Pouch];
	t.is((await first.allDocs()).total_rows, 180);
	t.deepEqual(await everything(first), await everything(second));
	t.is(
		(await house.remote(someone, 'notes').info()).update_seq.toString().split('-')[0],
		'240',
		'nothing was taken twice',
	);
});

test('live replication of a collection hears of what other doors write, and goes on after the house was stopped', async t => {
	const house = await aPouchHouse(t);
	const someone = await house.person();
	const phone = house.device();
	const live = phone.sync(house.remote(someone, 'weights'), {live: true, retry: true});
	t.teardown(() => live.cancel());
	const day = {date: '2026-03-01', weight_kg: 80};
	await house.post('/api/v1/weights', {id: 'w', ...day}, someone);
	const weightOf = async () => (await phone.get('w').catch(() => ({weight_kg: null}))).weight_kg;
	await house.until(async () => (await weightOf()) === 80, 30_000);
	await house.put('/api/v1/weights/w', {weight_kg: 81}, someone);
	await house.until(async () => (await weightOf()) === 81, 30_000);
	await phone.put({...(await phone.get('w')), _id: 'w', weight_kg: 82});
	await house.until(async () => (await house.get('/api/v1/weights/w', someone)).data.weight_kg === 82, 30_000);
	await house.restart();
	await house.put('/api/v1/weights/w', {weight_kg: 83}, someone);
	await house.until(async () => (await weightOf()) === 83, 60_000);
	t.deepEqual(await everything(phone), await everything(house.remote(someone, 'weights')));
});

test('who waits hears at once of a conflict that changes no record, and nothing of other people', async t => {
	const {url, person, ask, remote} = await aPouchHouse(t);
	const [me, other] = [await person(), await person()];
	for (const one of [me, other]) await remote(one, 'notes').put({_id: 'd', n: 1});
	const {update_seq} = await remote(me, 'notes').info();
	const waiting = await fetch(
		`${url}/compat/couchdb/notes/_changes?style=all_docs&feed=longpoll&heartbeat=25000&timeout=20000&since=${update_seq}`,
		{headers: {authorization: `Bearer ${me.token}`}},
	);
	t.is(waiting.status, 200, 'its headers come before there is anything to say');
	await remote(other, 'notes').put({_id: 'e', n: 1});
	const loser = {_id: 'd', _rev: '1-0', _revisions: {start: 1, ids: ['0']}, n: 2};
	const sent = ask('POST', '/compat/couchdb/notes/_bulk_docs', {as: me, body: {docs: [loser], new_edits: false}});
	const text = await waiting.text();
	const {results, last_seq} = JSON.parse(text);
	t.is(results.length, 1);
	t.is(results[0].changes.length, 2);
	t.is(results[0].seq, last_seq);
	t.is((await sent).status, 201);
});

test('while nothing changes a line says that it is alive, and ends with no results', async t => {
	const {url, person, remote} = await aPouchHouse(t);
	const me = await person();
	const {update_seq} = await remote(me, 'weights').info();
	const waiting = await fetch(
		`${url}/compat/couchdb/weights/_changes?feed=longpoll&heartbeat=1000&timeout=2500&since=${update_seq}`,
		{headers: {authorization: `Bearer ${me.token}`}},
	);
	const text = await waiting.text();
	t.true(text.startsWith('\n'));
	t.deepEqual(JSON.parse(text), {results: [], last_seq: update_seq});
});

test('after a backup was restored every device comes to hold all there is, and brings back what the house lost', async t => {
	const house = await aPouchHouse(t);
	const someone = await house.person();
	const [phone, tablet] = [house.device(), house.device()];
	await phone.put({_id: 'old', ...{date: '2026-03-01', weight_kg: 80}});
	await replicate(phone, house.remote(someone, 'weights'));
	const backup = await copyOf(house, someone.id);
	await phone.put({_id: 'lost', date: '2026-03-02', weight_kg: 81});
	await replicate(phone, house.remote(someone, 'weights'));
	await backup.restore();

	await tablet.put({_id: 'new', date: '2026-03-03', weight_kg: 82});
	await replicate(tablet, house.remote(someone, 'weights'));
	await replicate(phone, house.remote(someone, 'weights'));
	await replicate(tablet, house.remote(someone, 'weights'));
	t.deepEqual(Object.keys(await everything(phone)).length, 3);
	t.deepEqual(await everything(tablet), await everything(phone));
	t.is((await house.get('/api/v1/weights', someone)).data.length, 3);
});

test('a record whose tombstone went before the database was looked at is deleted on the devices, too', async t => {
	const house = await aPouchHouse(t);
	const someone = await house.person();
	const phone = house.device();
	const day = {date: '2026-03-01', weight_kg: 80};
	await phone.bulkDocs([
		{_id: 'gone', ...day},
		{_id: 'stays', ...day},
	]);
	await replicate(phone, house.remote(someone, 'weights'));
	await house.delete('/api/v1/weights/gone', someone);
	const {db} = house.house.contextOf('sync');
	await db.as(someone.id, async tx => {
		await tx.run('delete from records.records where space_id = $1 and deleted_at is not null', [someone.id]);
		await tx.run('update records.heads set floor = version where space_id = $1', [someone.id]);
	});
	await house.post('/api/v1/weights', {id: 'new', ...day}, someone);
	await replicate(phone, house.remote(someone, 'weights'));
	t.deepEqual((await phone.allDocs()).rows.map(({id}) => id).sort(), ['new', 'stays']);
});

/** What a backup of the whole database would hold of this person; restored, the space has another epoch. */
async function copyOf({house}: Pick<Awaited<ReturnType<typeof aPouchHouse>>, 'house'>, user_id: string) {
	const {db} = house.contextOf('couchdb');
	const tables = [
		['couchdb.databases', 'user_id'],
		['couchdb.documents', 'user_id'],
		['couchdb.bodies', 'user_id'],
		['couchdb.local_documents', 'user_id'],
		['records.records', 'space_id'],
		['records.changes', 'space_id'],
		['records.checksums', 'space_id'],
		['records.mutations', 'space_id'],
		['records.heads', 'space_id'],
	] as const;
	const rowsOf = (table: string, owner: string) =>
		db.as(user_id, tx =>
			tx.many<{row: string}>(`select to_jsonb(t)::text as row from ${table} t where ${owner} = $1`, [user_id]),
		);
	const saved = await Promise.all(
		tables.map(async ([table, owner]) => ({table, owner, rows: await rowsOf(table, owner)})),
	);
	return {
		restore: () =>
			db.as(user_id, async tx => {
				for (const {table, owner, rows} of saved) {
					await tx.run(`delete from ${table} where ${owner} = $1`, [user_id]);
					for (const {row} of rows) {
						await tx.run(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1::jsonb)`, [row]);
					}
				}
				await tx.run('update records.heads set epoch = gen_random_uuid() where space_id = $1', [user_id]);
			}),
	};
}
