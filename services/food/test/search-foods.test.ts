import test from 'ava';
import {aFoodHouse, type FoodJson} from './fixtures.js';

test('a search answers exact names, then names that begin so, then words in any order, then misspelt words', async t => {
	const {aFood, found, person} = await aFoodHouse(t);
	for (const name of ['Vanilla Skyr', 'Skyrr', 'Skyr vanilla', 'Skyr']) await aFood({name});
	t.deepEqual(await found('skyr', await person()), ['Skyr', 'Skyr vanilla', 'Skyrr', 'Vanilla Skyr']);
	t.deepEqual(await found('vanila skir', await person()), ['Skyr vanilla', 'Vanilla Skyr']);
});
