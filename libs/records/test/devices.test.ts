import {randomUUID} from 'node:crypto';
import {freshDatabase} from '@hearth/ports/test-database.js';
import test from 'ava';
import {deviceIdOf, lastPullOf, noteDevice} from '../devices.js';
import {MIGRATIONS} from './a-space.js';

test('an app that names a new device at each start does not fill the house: those away for the longest are let go of', async t => {
	const fresh = await freshDatabase();
	t.teardown(() => fresh.close());
	await fresh.database.migrate('records', MIGRATIONS);
	const ada = randomUUID();
	await fresh.database.as(ada, async tx => {
		for (let start = 1; start <= 520; start += 1) {
			await noteDevice(tx, ada, `phone-${start}`, {at: new Date(start * 1000), pulled_at: new Date(start * 1000)});
		}
	});
	const [count, oldest, newest] = await fresh.database.as(ada, async tx => [
		(await tx.one<{count: number}>('select count(*)::integer as count from records.devices')).count,
		await lastPullOf(tx, ada, 'phone-20'),
		await lastPullOf(tx, ada, 'phone-21'),
	]);
	t.deepEqual([count, oldest, newest], [500, null, 21_000]);
});

test('what a device has acknowledged only rises, and a push says nothing of its last pull', async t => {
	const fresh = await freshDatabase();
	t.teardown(() => fresh.close());
	await fresh.database.migrate('records', MIGRATIONS);
	const ada = randomUUID();
	const [first, second] = [new Date(1_000), new Date(2_000)];
	const noted = await fresh.database.as(ada, async tx => {
		await noteDevice(tx, ada, 'phone', {at: first, pulled_at: first, acked_version: 7});
		return noteDevice(tx, ada, 'phone', {at: second, pushed_at: second, acked_version: 3});
	});
	t.is(noted.acked_version, 7);
	t.is(await fresh.database.as(ada, tx => lastPullOf(tx, ada, 'phone')), 1_000);
});

test('a device without a name is its session, and a name that cannot be an id becomes one', t => {
	t.is(deviceIdOf('packing', 's1'), 'packing:s1');
	t.is(deviceIdOf('packing', 's1', 'kitchen-tablet'), 'kitchen-tablet');
	t.regex(deviceIdOf('packing', 's1', 'Ada’s phone \ud800'), /^packing:[0-9a-f]{32}$/);
});
