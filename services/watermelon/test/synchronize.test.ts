import test from 'ava';
import {aDevice, aTrainingHouse} from './fixtures.js';

test('what one device makes offline is on the other after both synchronize', async t => {
	const house = await aTrainingHouse(t);
	const person = await house.person();
	const [phone, tablet] = [await aDevice(house, person), await aDevice(house, person, {tokenHeader: 'x-jwt-token'})];
	const id = await phone.make('workouts', {title: 'Push day', order: 2});
	await phone.sync();
	await tablet.sync();
	t.deepEqual(await tablet.all('workouts'), {
		[id]: {title: 'Push day', notes: null, order: 2, estimated_duration: null},
	});
	t.false(await phone.isDirty());
});
