import test from 'ava';
import {anAuthHouse, asPerson} from './fixtures.js';

const me = '/api/v1/users/me';

test('a person sees their own account and profile, and no secret', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org', {name: 'Ada'});
	const {data} = await house.get(me, asPerson(ada));
	t.deepEqual(data, {
		...ada.user,
		locale: 'en',
		units: 'metric',
		daily_targets: {},
		sync_enabled: true,
	});
	t.regex(data.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	t.is((await house.get(me)).status, 401);
});

test('what is sent changes and the rest stays', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org', {name: 'Ada'}));
	const change = {time_zone: 'Europe/Berlin', locale: 'de', daily_targets: {energy_kcal: 2000, protein_g: 80.5}};
	t.like((await house.put(me, change, ada)).data, {name: 'Ada', ...change});
	t.like((await house.put(me, {units: 'imperial', sync_enabled: false}, ada)).data, {...change, units: 'imperial'});
	t.like((await house.put(me, {daily_targets: {}, name: '  Ada L.  '}, ada)).data, {
		name: 'Ada L.',
		daily_targets: {},
		sync_enabled: false,
		locale: 'de',
	});
	t.is((await house.put(me, {}, ada)).status, 200);
});

const refused: [string, object, string][] = [
	['a zone nobody knows', {time_zone: 'Europe/Atlantis'}, 'time_zone'],
	['an offset for a zone', {time_zone: '+02:00'}, 'time_zone'],
	['a language that is none', {locale: 'not a tag'}, 'locale'],
	['unknown units', {units: 'stones'}, 'units'],
	['a negative target', {daily_targets: {protein_g: -1}}, 'daily_targets.protein_g'],
	['a target in words', {daily_targets: {protein_g: 'much'}}, 'daily_targets.protein_g'],
	['a target of no nutrient', {daily_targets: {joy_g: 1}}, 'daily_targets.joy_g'],
	['a name of 101 characters', {name: 'ä'.repeat(101)}, 'name'],
	['a name of 10 kB', {name: 'a'.repeat(10_000)}, 'name'],
	['null for a name', {name: null}, 'name'],
	['another role', {role: 'admin'}, 'role'],
	['another e-mail', {email: 'eve@example.org'}, 'email'],
];

test('what a profile cannot be is refused, and changes nothing', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	const before = (await house.get(me, ada)).data;
	for (const [what, change, at] of refused) {
		const answer = await house.put(me, {...change}, ada);
		t.like(answer, {status: 400, error: {code: 'VALIDATION_ERROR', details: {0: {path: at}}}}, what);
	}
	t.deepEqual((await house.get(me, ada)).data, before);
});

test('a name of a hundred characters of any script is kept as it was written', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	for (const name of ['ä'.repeat(100), '🦊'.repeat(100), 'محمد', "O'Neil; drop table users --", '<b>Ada</b>']) {
		t.is((await house.put(me, {name}, ada)).data.name, name);
	}
});

test('a person reads in the log what was done with their account', async t => {
	const house = await anAuthHouse(t);
	const ada = asPerson(await house.signUp('ada@example.org'));
	await house.put(me, {name: 'Ada'}, ada);
	const {data} = await house.get(`${me}/audit`, ada);
	t.deepEqual(
		data.map(({action}: {action: string}) => action),
		['user.profile_changed', 'auth.registered'],
	);
	t.deepEqual(data[0].detail, {fields: ['name']});
	t.is(typeof data[0].ip, 'string');
});
