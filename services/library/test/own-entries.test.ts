import test from 'ava';
import {MOST_OWN, withOwn} from '../catalogue.js';
import {exercises} from '../exercises.js';
import {supplements} from '../supplements.js';
import {aLibraryHouse} from './fixtures.js';

const rowing = {
	name: 'Garden rowing',
	category: 'cardio',
	movement: 'endurance',
	primary_muscles: ['upper_back'],
	level: 'beginner',
	counted_by: 'time',
};

test('a moderator adds an entry, and everybody finds it from then on', async t => {
	const {found, get, person, post, reader} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const added = await post('/api/v1/library/exercises', rowing, moderator);
	t.is(added.status, 201);
	t.like(added.data, {
		name: 'Garden rowing',
		key: 'garden-rowing',
		number: 100_000,
		origin: 'own',
		equipment: [],
		met: null,
	});
	t.deepEqual(await found('exercises?q=garden'), ['Garden rowing']);
	t.deepEqual((await get(`/api/v1/library/exercises/${added.data.id}`, reader)).data, added.data);
	const second = await post('/api/v1/library/exercises', {...rowing, name: 'Lake rowing'}, moderator);
	t.is(second.data.number, 100_001);
});

test('a moderator corrects a starter entry; what is left out stays, and null empties', async t => {
	const {get, person, put, reader} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const before = (await get('/api/v1/library/exercises/plank', reader)).data;
	const {status, data} = await put('/api/v1/library/exercises/plank', {other_names: ['Brett'], met: null}, moderator);
	t.is(status, 200);
	t.deepEqual(data, {...before, other_names: ['Brett'], met: null, origin: 'corrected'});
	t.is((await get('/api/v1/library/exercises?q=brett', reader)).data[0].id, before.id);
	const again = await put('/api/v1/library/exercises/plank', {level: 'advanced'}, moderator);
	t.like(again.data, {other_names: ['Brett'], level: 'advanced'});
});

test('an entry that is taken out is found no more, and can be added again under its id and number', async t => {
	const {delete: remove, found, get, person, post, reader} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const before = (await get('/api/v1/library/exercises/plank', reader)).data;
	t.is((await remove('/api/v1/library/exercises/plank', moderator)).status, 204);
	t.is((await remove('/api/v1/library/exercises/plank', moderator)).status, 404);
	t.is((await get('/api/v1/library/exercises/plank', reader)).status, 404);
	t.false((await found('exercises?q=plank')).includes('Plank'));
	const back = await post('/api/v1/library/exercises', {...rowing, name: 'Plank'}, moderator);
	t.like(back.data, {id: before.id, number: before.number, category: 'cardio'});
	const own = await post('/api/v1/library/exercises', rowing, moderator);
	t.is((await remove(`/api/v1/library/exercises/${own.data.id}`, moderator)).status, 204);
	const other = await post('/api/v1/library/exercises', {...rowing, name: 'Lake rowing'}, moderator);
	t.not(other.data.number, own.data.number, 'a log may still name the old one');
	t.like((await post('/api/v1/library/exercises', rowing, moderator)).data, {id: own.data.id, number: own.data.number});
});

test('an app’s own numbers can be put in place of ours, each once', async t => {
	const {get, person, put, reader} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	t.is((await put('/api/v1/library/exercises/plank', {number: 7_777}, moderator)).status, 200);
	t.is((await get('/api/v1/library/exercises/7777', reader)).data.name, 'Plank');
	t.like(await put('/api/v1/library/exercises/push-up', {number: 7_777}, moderator), {status: 409});
	t.like(await put('/api/v1/library/exercises/push-up', {number: 1}, moderator), {status: 409});
	t.is((await put('/api/v1/library/exercises/push-up', {number: 2 ** 31}, moderator)).status, 400);
});

test('a key or name that is taken, or that no key can be made of, is refused with what to do', async t => {
	const {person, post} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	t.like(await post('/api/v1/library/exercises', {...rowing, name: 'Plank'}, moderator), {status: 409});
	t.like(await post('/api/v1/library/exercises', {...rowing, key: 'plank'}, moderator), {status: 409});
	t.like(await post('/api/v1/library/exercises', {...rowing, key: 'Not A Key!'}, moderator), {status: 400});
	t.like(await post('/api/v1/library/exercises', {...rowing, name: '腕立て'}, moderator), {status: 400});
	t.like(await post('/api/v1/library/exercises', {...rowing, key: '45'}, moderator), {status: 400});
	t.like(await post('/api/v1/library/exercises', {...rowing, name: '1000'}, moderator), {status: 400});
	t.is((await post('/api/v1/library/exercises', {...rowing, name: '腕立て', key: 'udetate'}, moderator)).status, 201);
});

test('an entry that is wrong is refused, alone and together with what it had, and nothing is changed', async t => {
	const {get, person, post, put, reader} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	for (const body of [
		{},
		{...rowing, name: ''},
		{...rowing, name: 'x'.repeat(121)},
		{...rowing, category: 'magic'},
		{...rowing, met: -3},
		{...rowing, met: 1e300},
		{...rowing, primary_muscles: []},
		{...rowing, colour: 'blue'},
		{...rowing, id: '00000000-0000-4000-8000-000000000000'},
	]) {
		t.is((await post('/api/v1/library/exercises', body, moderator)).status, 400, JSON.stringify(body));
	}
	t.is(
		(await put('/api/v1/library/nutrition-templates/vegan', {energy_percent: {fat: {min: 50, max: 10}}}, moderator))
			.status,
		400,
	);
	t.is(
		(await post('/api/v1/library/exercises', {...rowing, instructions: 'x'.repeat(200_000)}, moderator)).status,
		413,
	);
	t.is((await get('/api/v1/library/exercises?q=garden', reader)).data.length, 0);
});

test('a correction that says nothing changes nothing', async t => {
	const {get, person, put, reader} = await aLibraryHouse(t);
	const before = (await get('/api/v1/library/exercises/plank', reader)).data;
	t.deepEqual((await put('/api/v1/library/exercises/plank', {}, await person('moderator'))).data, before);
	t.is((await get('/api/v1/library/exercises/plank', reader)).data.origin, 'starter');
});

test('a house can add so much and no more, and is told what to do then', async t => {
	const {delete: remove, found, house, person, post} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	t.is((await post('/api/v1/library/exercises', rowing, moderator)).status, 201);
	await house.ports.database.run(
		`insert into library.entries (library, id, key, fields, updated_at)
		select library, gen_random_uuid(), 'rowing-' || n,
			fields || jsonb_build_object('name', 'Rowing ' || n, 'number', 200000 + n), now()
		from library.entries, generate_series(1, $1) as n`,
		[MOST_OWN - 2],
	);
	t.is((await post('/api/v1/library/exercises', {...rowing, name: 'The last one'}, moderator)).status, 201);
	t.deepEqual(await found('exercises?q=last+one'), ['The last one']);
	const {status, error} = await post('/api/v1/library/exercises', {...rowing, name: 'One more'}, moderator);
	t.is(status, 422);
	t.regex(error?.message ?? '', /1000.*Use the key/);
	t.is((await remove('/api/v1/library/exercises/rowing-1', moderator)).status, 204);
	t.is((await post('/api/v1/library/exercises', {...rowing, name: 'One more'}, moderator)).status, 422);
	t.is((await post('/api/v1/library/exercises', {...rowing, name: 'Again', key: 'rowing-1'}, moderator)).status, 201);
});

test('members change nothing, and nobody changes the rules', async t => {
	const {ask, person, reader} = await aLibraryHouse(t);
	for (const [method, path] of [
		['POST', 'exercises'],
		['PUT', 'exercises/plank'],
		['DELETE', 'exercises/plank'],
	] as const) {
		t.is(
			(await ask(method, `/api/v1/library/${path}`, {as: reader, ...(method !== 'DELETE' && {body: {}})})).status,
			403,
		);
	}
	const admin = await person('admin');
	for (const [method, path] of [
		['POST', 'recommendation-rules'],
		['PUT', 'recommendation-rules/nutrition-minor'],
		['DELETE', 'recommendation-rules/nutrition-minor'],
	] as const) {
		const {status} = await ask(method, `/api/v1/library/${path}`, {as: admin, ...(method !== 'DELETE' && {body: {}})});
		t.is(status, 405, `${method} ${path}`);
	}
});

test('who changed what is in the audit', async t => {
	const {delete: remove, get, person, post, put} = await aLibraryHouse(t);
	const [moderator, admin] = [await person('moderator'), await person('admin')];
	const {data} = await post('/api/v1/library/exercises', rowing, moderator);
	await put('/api/v1/library/exercises/garden-rowing', {level: 'advanced'}, moderator);
	await remove('/api/v1/library/exercises/garden-rowing', moderator);
	const audit = (await get('/api/v1/admin/audit-logs', admin)).data.reverse();
	t.deepEqual(
		audit.map(({action, actor_id, resource}: {action: string; actor_id: string; resource: unknown}) => [
			action,
			actor_id,
			resource,
		]),
		['library.added', 'library.corrected', 'library.taken_out'].map(action => [
			action,
			moderator.id,
			{type: 'library/exercises', id: data.id},
		]),
	);
});

test('many moderators at once lose nothing and give no number twice', async t => {
	const {get, person, post, put, reader} = await aLibraryHouse(t);
	const moderators = [await person('moderator'), await person('moderator')];
	const names = Array.from({length: 20}, (_, at) => `Rowing ${at}`);
	const added = await Promise.all([
		...names.map((name, at) => post('/api/v1/library/exercises', {...rowing, name}, moderators[at % 2])),
		put('/api/v1/library/exercises/plank', {level: 'advanced'}, moderators[0]),
		put('/api/v1/library/exercises/plank', {other_names: ['Brett']}, moderators[1]),
	]);
	t.deepEqual([...new Set(added.map(({status}) => status))].sort(), [200, 201]);
	const {data} = await get('/api/v1/library/exercises?q=rowing&category=cardio&limit=200', reader);
	const own = data.filter(({origin}: {origin: string}) => origin === 'own');
	t.is(own.length, 20);
	t.is(new Set(own.map(({number}: {number: number}) => number)).size, 20);
	t.like((await get('/api/v1/library/exercises/plank', reader)).data, {level: 'advanced', other_names: ['Brett']});
});

test('a request that is repeated with its Idempotency-Key adds one entry; one that fails leaves nothing to be found', async t => {
	const {ask, found, person} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const send = (body: unknown, key: string) =>
		ask('POST', '/api/v1/library/exercises', {as: moderator, body, headers: {'idempotency-key': key}});
	const [first, again] = [await send(rowing, 'one'), await send(rowing, 'one')];
	t.is(first.status, 201);
	t.deepEqual([again.status, again.data], [201, first.data]);
	t.is((await send(rowing, 'two')).status, 409);
	t.deepEqual(await found('exercises?q=garden'), ['Garden rowing']);
});

test('names whose signs unfold far are paged through like others', async t => {
	const {allPages, person, post} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	for (const key of ['first', 'second', 'third']) {
		t.is((await post('/api/v1/library/exercises', {...rowing, name: 'ﷺ'.repeat(120), key}, moderator)).status, 201);
	}
	const all = await allPages('exercises?category=cardio&limit=1');
	t.is(new Set(all.map(({id}) => id)).size, all.length);
	t.is(all.filter(({name}) => name.startsWith('ﷺ')).length, 3);
});

test('what a house added and corrected is there after a restart', async t => {
	const house = await aLibraryHouse(t);
	const moderator = await house.person('moderator');
	await house.post('/api/v1/library/exercises', rowing, moderator);
	await house.put('/api/v1/library/exercises/plank', {level: 'advanced'}, moderator);
	await house.delete('/api/v1/library/exercises/push-up', moderator);
	await house.restart();
	t.deepEqual(await house.found('exercises?q=garden'), ['Garden rowing']);
	t.like((await house.get('/api/v1/library/exercises/plank', house.reader)).data, {
		level: 'advanced',
		origin: 'corrected',
	});
	t.is((await house.get('/api/v1/library/exercises/push-up', house.reader)).status, 404);
});

test('a new version of the starter set changes what a house left alone, and nothing that it made its own', t => {
	const [first, second, third] = exercises.starter().entries;
	if (first === undefined || second === undefined || third === undefined) return t.fail();
	const own = [
		{id: first.id, key: first.key, fields: {level: 'advanced'}, gone: false},
		{id: second.id, key: second.key, fields: {}, gone: true},
		{
			id: '00000000-0000-7000-8000-000000000001',
			key: 'garden-rowing',
			fields: {...rowing, other_names: [], sources: [], number: 100_000},
			gone: false,
		},
	];
	const later = {
		...exercises,
		starter: () => ({
			hash: 'later',
			entries: [
				{...first, instructions: 'Better words', level: 'beginner'},
				{...second, instructions: 'Better words'},
				{...third, instructions: 'Better words'},
				{...third, id: '00000000-0000-5000-8000-000000000009', key: 'brand-new', name: 'Brand new', number: 999},
			],
		}),
	};
	const entries = new Map(withOwn(later, own, (_, error) => t.fail(error.message)).map(entry => [entry.key, entry]));
	t.like(entries.get(first.key), {level: 'advanced', instructions: 'Better words', origin: 'corrected'});
	t.false(entries.has(second.key));
	t.like(entries.get(third.key), {instructions: 'Better words', origin: 'starter'});
	t.like(entries.get('brand-new'), {origin: 'starter'});
	t.like(entries.get('garden-rowing'), {origin: 'own', number: 100_000});
});

test('a correction that does not fit a later version is left out, and said; the entry stays as it is shipped', t => {
	const creatine = supplements.starter().entries.find(({key}) => key === 'creatine');
	if (creatine === undefined) return t.fail();
	const told: string[] = [];
	const own = [
		{id: creatine.id, key: creatine.key, fields: {kind: 'a kind of long ago'}, gone: false},
		{id: '00000000-0000-7000-8000-000000000002', key: 'tea', fields: {name: 'Tea'}, gone: false},
	];
	const entries = withOwn(supplements, own, ({key}) => told.push(key));
	t.deepEqual(
		entries.find(({key}) => key === 'creatine'),
		creatine,
	);
	t.deepEqual(told, ['creatine', 'tea']);
});

test('reading what a house added is one look by key, and asking whether it changed another', async t => {
	const {house, person, post} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	await post('/api/v1/library/exercises', rowing, moderator);
	const {database} = house.ports;
	await database.run(`insert into library.revisions (library, revision) values ('supplements', 1)`);
	await database.run(
		`insert into library.entries (library, id, key, fields, updated_at)
		select 'supplements', gen_random_uuid(), 'many-' || n, '{}', now() from generate_series(1, 2000) as n`,
	);
	for (const query of [
		`select revision from library.revisions where library = 'exercises'`,
		`select id, key, fields, gone from library.entries where library = 'exercises'`,
		`select id, key, fields, gone from library.entries where library = 'exercises' and id = '${moderator.id}'`,
	]) {
		await database.transaction(async tx => {
			// So few rows are read whole by choice; what matters is that they need not be.
			await tx.run('set local enable_seqscan = off');
			const plan = await tx.many<{'QUERY PLAN': string}>(`explain ${query}`);
			t.regex(plan.map(row => row['QUERY PLAN']).join('\n'), /Index (?:Only )?Scan|Bitmap Index Scan/, query);
		});
	}
});
