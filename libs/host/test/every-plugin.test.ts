import {randomUUID} from 'node:crypto';
import type {Database} from '@hearth/ports/database.js';
import test from 'ava';
import {discoverPlugins} from '../discover.js';
import type {Plugin, Route} from '../plugin.js';
import {aHouse, type Person} from '../testing.js';

// What people forget, asked of every plugin of the house, whichever there are.

const {plugins, failed} = await discoverPlugins({root: new URL('../../../', import.meta.url), outside: []});
const routes = plugins.flatMap(plugin => (plugin.routes ?? []).map(route => ({plugin, route})));

/** The path with each parameter filled in. */
const at = ({path}: Route, id: string) => path.replaceAll(/:[^/]+/g, id);

test('every plugin of the house can be loaded', t => {
	t.deepEqual(failed, []);
	t.true(plugins.length >= 4);
});

test('no route of a person answers without a token, nor one of a role without that role', async t => {
	const {ask, person} = await aHouse(t, {plugins});
	const member = await person('member');
	for (const {route} of routes) {
		if (route.role === 'public') continue;
		const path = at(route, randomUUID());
		t.is((await ask(route.method, path)).status, 401, `${route.method} ${path} without a token`);
		if (route.role === 'member') continue;
		t.is((await ask(route.method, path, {as: member})).status, 403, `${route.method} ${path} as a member`);
	}
});

test('no route gives or changes what is another person’s, whatever id it is asked with', async t => {
	const {ask, person, house, until} = await aHouse(t, {plugins});
	const [owner, stranger] = [await person('member'), await person('member')];
	const mine = await belongings(ask, owner);
	const before = await until(async () => snapshot(house.ports.database, owner));
	for (const {route} of routes) {
		if (!route.path.includes(':') || route.role === 'admin' || route.role === 'moderator') continue;
		for (const [what, id] of Object.entries(mine)) {
			const path = at(route, id);
			const {status} = await ask(route.method, path, {as: stranger, ...(route.body === undefined ? {} : {body: {}})});
			t.true((status >= 400 && status < 500) || status === 204, `${route.method} ${path} (${what}) answered ${status}`);
		}
	}
	t.deepEqual(await snapshot(house.ports.database, owner), before);
});

test('junk in place of an id is never our own failure', async t => {
	const {ask, person} = await aHouse(t, {plugins});
	const admin = await person('admin');
	for (const {route} of routes) {
		for (const junk of ['%00', '..%2f..', '%F0%9F%8D%8E', "'%3B--", 'a'.repeat(3000), '%ff']) {
			if (!route.path.includes(':')) continue;
			const {status} = await ask(route.method, at(route, junk), {
				as: admin,
				...(route.body === undefined ? {} : {body: {}}),
			});
			t.true(status < 500, `${route.method} ${at(route, junk).slice(0, 80)} answered ${status}`);
		}
	}
});

test('a plugin whose tables name a person exports and erases what they hold', async t => {
	const {house} = await aHouse(t, {plugins});
	for (const {name, exporters = [], erasers = []} of plugins) {
		const naming = await house.ports.database.many<{table_name: string}>(
			`select distinct table_name from information_schema.columns
			where table_schema = $1 and (column_name in ('user_id', 'owner_id', 'actor_id') or column_name like '%_by')`,
			[name],
		);
		if (naming.length === 0) continue;
		const tables = naming.map(({table_name}) => table_name).join(', ');
		t.true(exporters.length > 0, `${name} has no exporter for ${tables}`);
		t.true(erasers.length > 0, `${name} has no eraser for ${tables}`);
	}
});

test('the role of the app owns nothing and cannot bypass row-level security', async t => {
	const {house} = await aHouse(t, {plugins});
	const {database} = house.ports;
	t.like(
		await database.one('select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user'),
		{
			rolsuper: false,
			rolbypassrls: false,
			rolcreaterole: false,
		},
	);
	t.deepEqual(await database.many('select tablename from pg_tables where tableowner = current_user'), []);
});

test('a person who is erased everywhere can be erased again, and nothing fails', async t => {
	const {house, person, ask} = await aHouse(t, {plugins});
	const gone = await person('member');
	await belongings(ask, gone);
	for (let round = 1; round <= 2; round += 1) {
		for (const plugin of plugins) {
			for (const erase of plugin.erasers ?? [])
				await t.notThrowsAsync(erase(gone.id, house.contextOf(plugin.name)), plugin.name);
		}
	}
	t.deepEqual(await exported(plugins, gone, name => house.contextOf(name)), []);
});

type Ask = Awaited<ReturnType<typeof aHouse>>['ask'];

/** One of everything that a member can have today. */
async function belongings(ask: Ask, as: Person): Promise<Record<string, string>> {
	const food = await ask('POST', '/api/v1/foods', {as, body: {name: 'Plum cake', nutrients: {energy_kcal: 300}}});
	const devices = await ask('GET', '/api/v1/users/me/devices', {as});
	const [device] = devices.data;
	const weight = await ask('POST', '/api/v1/weights', {as, body: {date: '2026-03-01', weight_kg: 71}});
	return {food: food.data.id, device: device.id, person: as.id, household: as.household_id, weight: weight.data.id};
}

async function snapshot(database: Database, {id}: Person): Promise<unknown> {
	return {
		users: await database.many(`select * from auth.users where id = '${id}'`),
		foods: await database.many(`select * from food.foods where created_by = '${id}'`),
		records: await database.as(id, tx => tx.many('select * from records.records')),
	};
}

/** Rows that a person's archive would still hold. */
async function exported(
	all: readonly Plugin[],
	{id}: Person,
	contextOf: (name: string) => Parameters<NonNullable<Plugin['exporters']>[number]>[1],
): Promise<unknown[]> {
	const rows: unknown[] = [];
	for (const plugin of all) {
		for (const exporter of plugin.exporters ?? []) {
			for await (const part of exporter(id, contextOf(plugin.name))) rows.push(...part.rows);
		}
	}
	return rows;
}
