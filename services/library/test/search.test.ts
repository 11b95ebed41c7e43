import test from 'ava';
import fc from 'fast-check';
import {shelfFrom} from '../catalogue.js';
import {foldText} from '../fold-words.js';
import {libraryNamed} from '../libraries.js';
import {searchShelf} from '../search-shelf.js';
import {aLibraryHouse} from './fixtures.js';

test('an entry is found by its name, by other names, by beginnings and by words in any order, the best first', async t => {
	const {found} = await aLibraryHouse(t);
	t.is((await found('exercises?q=plank'))[0], 'Plank');
	t.is((await found('exercises?q=squat'))[0], 'Barbell back squat');
	t.is((await found('exercises?q=bench'))[0], 'Barbell bench press');
	t.true((await found('exercises?q=press%20bench')).includes('Barbell bench press'));
	t.true((await found('supplements?q=omega')).includes('Algae oil'));
	t.deepEqual(await found('supplements?q=hypericum'), ['St John’s wort']);
	t.deepEqual((await found('nutrients?q=vitamin%20b12')).slice(0, 1), ['Vitamin B12']);
	t.true((await found('programs?q=kettle')).includes('One kettlebell'));
	t.true((await found('settings-options?q=unit')).includes('Kilograms'));
});

test('a misspelt query finds what was meant: one letter more, less or other, or two that changed places', async t => {
	const {found} = await aLibraryHouse(t);
	for (const [path, name] of [
		['exercises?q=sqaut', 'Bodyweight squat'],
		['exercises?q=deadlfit', 'Barbell deadlift'],
		['exercises?q=romainan', 'Romanian deadlift'],
		['exercises?q=plnak', 'Plank'],
		['supplements?q=creatin', 'Creatine'],
		['supplements?q=ashwaganda', 'Ashwagandha'],
		['supplements?q=magnesum', 'Magnesium citrate'],
		['nutrients?q=tryptofan', 'Tryptophan'],
		['programs?q=runing', 'Running from zero'],
		['nutrition-templates?q=mediteranean', 'Mediterranean'],
	] as const) {
		t.true((await found(path)).includes(name), path);
	}
	t.deepEqual(await found('exercises?q=xylophone'), []);
});

test('accents, capitals, dashes and apostrophes make no difference', async t => {
	const {found} = await aLibraryHouse(t);
	for (const q of ['PUSH-UP', 'push up', 'pushup', 'push‑up', 'PÜSH úp']) {
		t.is((await found(`exercises?q=${encodeURIComponent(q)}`))[0], 'Push-up', q);
	}
	for (const q of ['farmers carry', 'farmer’s carry', "farmer's carry"]) {
		t.is((await found(`exercises?q=${encodeURIComponent(q)}`))[0], 'Farmer’s carry', q);
	}
	t.deepEqual(await found(`settings-options?q=${encodeURIComponent('francais')}`), ['Français']);
});

test('filters keep what fits, together with each other and with words', async t => {
	const {found, reader, get} = await aLibraryHouse(t);
	const both = await get('/api/v1/library/exercises?muscle=chest&equipment=dumbbells&limit=200', reader);
	t.true(both.data.length > 3);
	for (const {primary_muscles, secondary_muscles, equipment} of both.data) {
		t.true([...primary_muscles, ...secondary_muscles].includes('chest'));
		t.true(equipment.includes('dumbbells'));
	}
	t.true((await found('exercises?equipment=none&q=lunge')).includes('Reverse lunge'));
	t.false((await found('exercises?equipment=none&q=lunge')).includes('Barbell lunge'));
	t.deepEqual(await found('exercises?number=45'), ['Push-up']);
	t.true((await found('supplements?nutrient=vitamin_d_ug&vegan=true')).includes('Vitamin D3 from lichen'));
	t.false((await found('supplements?nutrient=vitamin_d_ug&vegan=true')).includes('Vitamin D3'));
	t.true((await found('nutrients?kind=amino%20acid')).includes('Leucine'));
	t.true((await found('programs?goal=mobility&level=beginner')).includes('Ten minutes of mobility'));
	t.true((await found('nutrition-templates?diet=vegan')).includes('Vegan'));
	t.deepEqual(await found('settings-options?setting=weight_unit'), ['Kilograms', 'Pounds', 'Stones and pounds']);
	t.true((await found('recommendation-rules?effect=refuse')).includes('Underweight'));
});

test('a filter that there is not, or a word it does not know, is refused with what there is', async t => {
	const {get, reader} = await aLibraryHouse(t);
	for (const [path, says] of [
		['exercises?muscles=chest', /muscles/],
		['exercises?muscle=brain', /must be one of: quadriceps/],
		['exercises?limit=0', /limit/],
		['exercises?limit=1e9', /limit/],
		['exercises?limit=-Infinity', /limit/],
		['exercises?number=1e400', /number/],
		['programs?days_per_week=-1', /days_per_week/],
		['exercises?q=a&q=b', /twice/],
		['exercises?cursor=abc', /cursor/],
		['exercises?cursor=W10', /cursor/],
	] as const) {
		const {status, error} = await get(`/api/v1/library/${path}`, reader);
		t.is(status, 400, path);
		t.regex(error?.message ?? '', says);
	}
	t.is((await get('/api/v1/library/nothing', reader)).status, 404);
	t.is((await get('/api/v1/library/exercises')).status, 401);
});

test('whatever is typed into the box is answered: marks alone, emoji, right to left, SQL, ten kilobytes', async t => {
	const {get, reader} = await aLibraryHouse(t);
	for (const q of [
		'',
		' ',
		'%%%',
		'_',
		'!?.,;:',
		'💪🏽',
		'👨‍👩‍👧‍👦 squat',
		'תרגיל',
		'تمرين الضغط',
		'\u202Esquat',
		"' or 1=1 --",
		"'; drop table library.entries; --",
		'a* OR b',
		'squat'.repeat(39),
		'a b c d e f g h i j k l m n o p q r s t u v w x y z',
		'ﷺ'.repeat(50),
	]) {
		const {status, data} = await get(`/api/v1/library/exercises?q=${encodeURIComponent(q)}`, reader);
		t.is(status, 200, q);
		t.true(Array.isArray(data));
	}
	const long = await get(`/api/v1/library/exercises?q=${'a'.repeat(10_000)}`, reader);
	t.is(long.status, 400);
	t.regex(long.error?.message ?? '', /at most 200 characters/);
	t.is((await get('/api/v1/library/exercises?q=%00', reader)).status, 400);
	t.is((await get('/api/v1/library/exercises?q=%ED%A0%80', reader)).status < 500, true);
});

test('a list is gone through page by page without a gap or a repetition, also of a misspelt search', async t => {
	const {allPages, reader} = await aLibraryHouse(t);
	const all = await allPages('exercises?limit=17', reader);
	t.is(all.length, 213);
	t.is(new Set(all.map(({id}) => id)).size, 213);
	const keys = all.map(({name}) => foldText(name));
	t.deepEqual(keys, [...keys].sort());
	const squats = await allPages('exercises?q=sqaut&limit=3', reader);
	t.true(squats.length > 5);
	t.is(new Set(squats.map(({id}) => id)).size, squats.length);
});

test('a page goes on where it ended, also when entries are added and taken out meanwhile', async t => {
	const {ask, get, post, person, reader} = await aLibraryHouse(t);
	const moderator = await person('moderator');
	const first = await get('/api/v1/library/programs?limit=5', reader);
	const seen = first.data.map(({name}: {name: string}) => name);
	const {id: _, key: __, origin: ___, ...program} = first.data[0];
	t.is((await post('/api/v1/library/programs', {...program, name: 'AAA comes before'}, moderator)).status, 201);
	t.is((await post('/api/v1/library/programs', {...program, name: 'ZZZ comes after'}, moderator)).status, 201);
	t.is((await ask('DELETE', `/api/v1/library/programs/${first.data[4].id}`, {as: moderator})).status, 204);
	const rest = await get(`/api/v1/library/programs?limit=200&cursor=${first.meta?.next_cursor}`, reader);
	const names = [...seen, ...rest.data.map(({name}: {name: string}) => name)];
	t.is(new Set(names).size, names.length);
	t.is(names.length, 21 + 1);
	t.is(names.at(-1), 'ZZZ comes after');
});

test('one entry is read by its id, its key or its number; fields chooses of it', async t => {
	const {get, reader} = await aLibraryHouse(t);
	const byKey = await get('/api/v1/library/exercises/push-up', reader);
	t.like(byKey.data, {name: 'Push-up', number: 45, origin: 'starter', met: 3.8, compendium_code: '02022'});
	for (const which of [byKey.data.id, byKey.data.id.toUpperCase(), '45']) {
		t.deepEqual((await get(`/api/v1/library/exercises/${which}`, reader)).data, byKey.data);
	}
	t.like(await get('/api/v1/library/exercises/no-such', reader), {status: 404, error: {code: 'NOT_FOUND'}});
	t.deepEqual((await get('/api/v1/library/exercises/45?fields=name,number', reader)).data, {
		name: 'Push-up',
		number: 45,
	});
	const list = await get('/api/v1/library/exercises?q=plank&limit=1&fields=name', reader);
	t.deepEqual(list.data, [{name: 'Plank'}]);
});

test('what has not changed is not sent again, and what a moderator changed is seen at once', async t => {
	const {ask, get, put, person, reader} = await aLibraryHouse(t);
	const path = '/api/v1/library/supplements?q=creatine';
	const first = await get(path, reader);
	const etag = first.headers.get('etag') ?? '';
	t.regex(etag, /^".+"$/);
	t.is(first.headers.get('cache-control'), 'private, no-cache');
	for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
		const again = await ask('GET', path, {as: reader, headers: {'if-none-match': tag}});
		t.is(again.status, 304, tag);
		t.is(again.body.length, 0);
	}
	const moderator = await person('moderator');
	t.is((await put('/api/v1/library/supplements/creatine', {use: 'Tested at home'}, moderator)).status, 200);
	const changed = await ask('GET', path, {as: reader, headers: {'if-none-match': etag}});
	t.is(changed.status, 200);
	t.is(changed.data[0].use, 'Tested at home');
	t.not(changed.headers.get('etag'), etag);
});

test('the list of libraries says what each holds and can be filtered by', async t => {
	const {get, reader} = await aLibraryHouse(t);
	const {data} = await get('/api/v1/library', reader);
	t.is(data.length, 8);
	const exercises = data.find(({name}: {name: string}) => name === 'exercises');
	t.like(exercises, {count: 213});
	t.true(exercises.filters.includes('muscle'));
});

test('any text is answered by entries of the library, each once, in pages that are one list', t => {
	const library = libraryNamed('exercises');
	const {entries} = library.starter();
	const shelf = shelfFrom(library, [...entries], 0);
	const names = entries.flatMap(({name, other_names}) => [name, ...other_names]);
	const typed = fc.oneof(
		fc.string({unit: 'binary', maxLength: 200}),
		fc.string({unit: 'grapheme', maxLength: 60}),
		// A name with a letter taken out, as people type.
		fc.tuple(fc.constantFrom(...names), fc.nat(30)).map(([name, at]) => name.slice(0, at) + name.slice(at + 1)),
	);
	fc.assert(
		fc.property(typed, fc.integer({min: 1, max: 7}), (q, limit) => {
			const whole = searchShelf(shelf, {q, filters: [], limit: 1000, after: null}).entries;
			const pages: string[] = [];
			let after: ReturnType<typeof searchShelf>['next'] = null;
			do {
				const page = searchShelf(shelf, {q, filters: [], limit, after});
				pages.push(...page.entries.map(({id}) => id));
				after = page.next;
			} while (after !== null);
			t.deepEqual(
				pages,
				whole.map(({id}) => id),
			);
			t.is(new Set(pages).size, pages.length);
		}),
		{numRuns: 150},
	);
});

test('every entry is found by its own name, and first among those of that name', t => {
	for (const name of ['exercises', 'supplements', 'nutrients', 'programs', 'nutrition-templates'] as const) {
		const library = libraryNamed(name);
		const {entries} = library.starter();
		const shelf = shelfFrom(library, [...entries], 0);
		for (const entry of entries) {
			const [first] = searchShelf(shelf, {q: entry.name, filters: [], limit: 1, after: null}).entries;
			t.is(first?.name, entry.name);
		}
	}
});
