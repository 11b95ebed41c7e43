import type {Person} from '@hearth/host/testing.js';
import test, {type ExecutionContext} from 'ava';
import {compactTombstones} from '../compact-tombstones.js';
import {aDevice, aSyncHouse} from './fixtures.js';

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.parse('2026-03-01T08:00:00Z');

/** A house whose clock is moved by days, after which no token is good any more. */
async function aHouseOverTime(t: ExecutionContext) {
	const clock = {ms: START_MS};
	const house = await aSyncHouse(t, {now: () => clock.ms});
	const compact = async (person: Person) => {
		const {db} = house.house.contextOf('sync');
		await db.transaction(tx => tx.enqueue(compactTombstones, {}));
		await house.until(() =>
			db.as(person.id, tx =>
				tx.find('select 1 from sync.upkeep where user_id = $1 and done_at = $2', [person.id, new Date(clock.ms)]),
			),
		);
	};
	/** What the tables of a space hold, read past the API: what is forgotten shows nowhere else. */
	const count = async (person: Person, what: string): Promise<number> =>
		(await house.house.ports.database.as(person.id, tx => tx.one<{count: number}>(`select count(*) from ${what}`)))
			.count;
	return {house, clock, compact, count};
}

test('a delete that every device has acknowledged is forgotten, and one that a device may not know stays', async t => {
	const {house, compact, count} = await aHouseOverTime(t);
	const ada = await house.person();
	const [phone, laptop] = [aDevice(house, ada, 'phone'), aDevice(house, ada, 'laptop')];
	const ack = (device_id: string, version: number) => house.post('/api/v1/sync/ack', {device_id, version}, ada);
	await phone.push({record_id: 'a', data: {}}, {record_id: 'b', data: {}}, {record_id: 'c', data: {}});
	await phone.drop('a');
	await phone.drop('b');
	await ack('phone', 5);
	await ack('laptop', 4);
	await compact(ada);
	t.is(await count(ada, 'records.records where deleted_at is not null'), 1);
	t.like(await laptop.pull(4), {status: 200, data: {changes: [{record_id: 'b', op: 'delete'}]}});
	t.like(await laptop.pull(3), {status: 409, error: {code: 'RESYNC_REQUIRED'}});
	t.like((await laptop.pull(0)).data, {changes: [{record_id: 'c'}], next_since: 5});
});

test('a first pull may be cut below what was forgotten, and goes on there; nobody else may ask from there', async t => {
	const {house, compact} = await aHouseOverTime(t);
	const ada = await house.person();
	const phone = aDevice(house, ada, 'phone');
	await phone.push(...Array.from({length: 10}, (_, n) => ({record_id: `r${n}`, data: {count: n}})));
	await phone.drop('r9');
	await house.post('/api/v1/sync/ack', {device_id: 'phone', version: 11}, ada);
	await compact(ada);
	t.is((await phone.pull(4)).status, 409);
	const first = await phone.pull(0, {limit: 4});
	t.like(first.data, {next_since: 4, has_more: true});
	t.is(first.data.changes.length, 4);
	t.like((await phone.pull(4, {limit: 4})).data, {next_since: 8, has_more: true});
	// Again, because its answer was lost.
	t.like((await phone.pull(4, {limit: 4})).data, {next_since: 8, has_more: true});
	t.is((await phone.pull(5, {limit: 4})).status, 409);
	t.like((await phone.pull(8, {limit: 4})).data, {next_since: 11, has_more: false});
	t.is(Object.keys(await phone.all(2)).length, 9);
	await phone.drop('r0');
	await house.post('/api/v1/sync/ack', {device_id: 'phone', version: 12}, ada);
	const bob = await house.person();
	t.is((await aDevice(house, bob).pull(4)).status, 409);
});

test('a day later it is looked at again, and not before', async t => {
	const {house, clock, compact, count} = await aHouseOverTime(t);
	const ada = await house.person();
	await aDevice(house, ada, 'phone').push({record_id: 'a', data: {}});
	await compact(ada);
	await aDevice(house, ada, 'phone').drop('a');
	await house.post('/api/v1/sync/ack', {device_id: 'phone', version: 2}, ada);
	const bob = await house.person();
	await aDevice(house, bob, 'phone').push({record_id: 'a', data: {}});
	clock.ms += 3_600_000;
	await compact(bob);
	t.is(await count(ada, 'records.records where deleted_at is not null'), 1);
	clock.ms += DAY_MS;
	await compact(ada);
	t.is(await count(ada, 'records.records'), 0);
});

test('after the set days a delete is forgotten though a device never came back', async t => {
	const {house, clock, compact, count} = await aHouseOverTime(t);
	const ada = await house.person();
	const tablet = aDevice(house, ada, 'tablet');
	await tablet.push({record_id: 'a', data: {title: 'one'}}, {record_id: 'b', data: {title: 'two'}});
	await aDevice(house, ada, 'phone').drop('a');
	clock.ms += 179 * DAY_MS;
	await compact(ada);
	t.is(await count(ada, 'records.records where deleted_at is not null'), 1);
	clock.ms += 2 * DAY_MS;
	await compact(ada);
	t.is(await count(ada, 'records.records where deleted_at is not null'), 0);
	const {database} = house.house.ports;
	t.like(await database.as(ada.id, tx => tx.one('select floor, version from records.heads')), {floor: 3, version: 3});
});

test('what a device far behind the horizon edited of a deleted record is a conflict, and no zombie', async t => {
	const {house, compact} = await aHouseOverTime(t);
	const ada = await house.person();
	const [phone, tablet] = [aDevice(house, ada, 'phone'), aDevice(house, ada, 'tablet')];
	await phone.push({record_id: 'a', data: {title: 'one'}}, {record_id: 'b', data: {}});
	await phone.drop('a');
	await house.post('/api/v1/sync/ack', {device_id: 'phone', version: 3}, ada);
	await compact(ada);
	t.is((await tablet.pull(2)).status, 409);
	const {status, conflict} = await tablet.set('a', {title: 'edited in a drawer'}, {base_version: 1});
	t.is(status, 'conflict');
	t.truthy(conflict.conflict_id);
	t.deepEqual(Object.keys(await tablet.all()), ['notes/b']);
	t.is((await tablet.set('new', {title: 'made in a drawer'})).status, 'accepted');
});

test('what changes held goes after 180 days, and what a mutation came to after 400 of a device that is gone', async t => {
	const {house, clock, compact, count} = await aHouseOverTime(t);
	const ada = await house.person();
	await aDevice(house, ada, 'phone').push({record_id: 'a', data: {title: 'one'}}, {record_id: 'b', data: {}});
	clock.ms += 181 * DAY_MS;
	await compact(ada);
	t.is(await count(ada, 'records.changes where data is not null'), 0);
	t.is(await count(ada, 'records.changes'), 2);
	t.is(await count(ada, 'records.mutations'), 2);
	t.is(await count(ada, 'records.devices'), 1);
	clock.ms += 220 * DAY_MS;
	await compact(ada);
	t.is(await count(ada, 'records.mutations'), 0);
	t.is(await count(ada, 'records.devices'), 0);
	t.is(await count(ada, 'records.records'), 2);
});
