import {definePlugin, type Event, on} from '@hearth/host/plugin.js';
import test from 'ava';
import type {z} from 'zod';
import {foodApproved, foodCorrected, foodMerged, foodRejected} from '../contract.js';
import {aFoodHouse, type FoodHouse} from './fixtures.js';

/** Hears what food publishes. */
function listener() {
	const heard: {event: string; food_id: string}[] = [];
	const hears = <Payload extends z.ZodType<{food_id: string}>>(event: Event<Payload>) =>
		on(event, async ({food_id}) => {
			heard.push({event: event.name, food_id});
		});
	const plugin = definePlugin({
		name: 'listener',
		summary: 'Hears what food publishes',
		subscriptions: [hears(foodApproved), hears(foodRejected), hears(foodMerged), hears(foodCorrected)],
	});
	return {heard, plugin};
}

const queue = async ({get, moderator}: FoodHouse, query = '') =>
	(await get(`/api/v1/admin/foods/queue${query}`, moderator)).data;

test('an approved food is found by everybody, with the moderator’s corrections, and others hear of it', async t => {
	const {heard, plugin} = listener();
	const house = await aFoodHouse(t, {plugins: [plugin]});
	const author = await house.person();
	const {id} = await house.aFood({name: 'Oat drnk'}, {by: author, status: 'pending'});
	const {status, data} = await house.post(
		`/api/v1/admin/foods/${id}/approve`,
		{edits: {name: 'Oat drink', nutrients: {salt_g: 0.09, sugars_g: null}}},
		house.moderator,
	);
	t.is(status, 200);
	t.like(data, {id, name: 'Oat drink', status: 'verified', created_by: author.id, nutrients: {salt_g: 0.09}});
	t.false('sugars_g' in data.nutrients);
	t.truthy(data.verified_at);
	t.deepEqual(await house.found('oat drink', await house.person()), ['Oat drink']);
	await house.until(async () => heard.length > 0);
	t.deepEqual(heard, [{event: 'food.approved', food_id: id}]);
	t.deepEqual(await queue(house), []);
});

test('approving needs no body', async t => {
	const house = await aFoodHouse(t);
	const {id} = await house.aFood({}, {status: 'pending'});
	const answer = await house.ask('POST', `/api/v1/admin/foods/${id}/approve`, {as: house.moderator});
	t.like(answer, {status: 200, data: {status: 'verified'}});
});

test('a rejected food tells its author why', async t => {
	const {heard, plugin} = listener();
	const house = await aFoodHouse(t, {plugins: [plugin]});
	const author = await house.person();
	const {id} = await house.aFood({}, {by: author, status: 'pending'});
	t.is((await house.post(`/api/v1/admin/foods/${id}/reject`, {reason: '  '}, house.moderator)).status, 400);
	t.is((await house.post(`/api/v1/admin/foods/${id}/reject`, {}, house.moderator)).status, 400);
	const {status, data} = await house.post(
		`/api/v1/admin/foods/${id}/reject`,
		{reason: 'The label is of another food.'},
		house.moderator,
	);
	t.is(status, 200);
	t.is(data.status, 'rejected');
	const seen = (await house.get(`/api/v1/foods/${id}`, author)).data;
	t.is(seen.rejection.reason, 'The label is of another food.');
	t.true(Date.parse(seen.rejection.at) > Date.now() - 60_000);
	await house.until(async () => heard.length > 0);
	t.deepEqual(heard, [{event: 'food.rejected', food_id: id}]);
});

test('a merged food leads to the verified one, by its id and by its barcode', async t => {
	const {heard, plugin} = listener();
	const house = await aFoodHouse(t, {plugins: [plugin]});
	const author = await house.person();
	const into = await house.aFood({name: 'Oat drink barista'});
	const {id} = await house.aFood({name: 'Barista oat', barcode: '4006381333931'}, {by: author, status: 'pending'});
	const merged = await house.post(`/api/v1/admin/foods/${id}/merge`, {into: into.id}, house.moderator);
	t.like(merged, {status: 200, data: {id, status: 'rejected', merged_into: into.id}});
	const reader = await house.person();
	for (const as of [author, reader, house.moderator]) {
		t.is((await house.get(`/api/v1/foods/${id}`, as)).data.id, into.id);
		t.is((await house.get('/api/v1/foods/barcode/4006381333931', as)).data.id, into.id);
	}
	t.deepEqual(await house.found('4006381333931', reader), ['Oat drink barista']);
	t.deepEqual(await house.found('barista oat', author), ['Oat drink barista']);
	await house.until(async () => heard.some(({event}) => event === 'food.merged'));
	t.true(heard.some(({food_id}) => food_id === id));
});

test('a food can be merged into a verified food only', async t => {
	const house = await aFoodHouse(t);
	const {id} = await house.aFood({}, {status: 'pending'});
	const pending = await house.aFood({}, {status: 'pending'});
	const rejected = await house.aFood({}, {status: 'rejected'});
	const merge = (into: unknown) => house.post(`/api/v1/admin/foods/${id}/merge`, {into}, house.moderator);
	for (const into of [id, pending.id, rejected.id, '0190a5c0-0000-7000-8000-000000000000']) {
		t.like(await merge(into), {status: 422, error: {code: 'UNPROCESSABLE'}});
	}
	t.is((await merge('nonsense')).status, 400);
	t.is((await house.get(`/api/v1/foods/${id}`, house.moderator)).data.status, 'pending');
});

test('what was decided already cannot be decided again', async t => {
	const house = await aFoodHouse(t);
	const into = await house.aFood({name: 'Into'});
	for (const status of ['verified', 'rejected'] as const) {
		const {id} = await house.aFood({}, {status});
		for (const [decision, body] of [
			['approve', {}],
			['reject', {reason: 'no'}],
			['merge', {into: into.id}],
		] as const) {
			const answer = await house.post(`/api/v1/admin/foods/${id}/${decision}`, body, house.moderator);
			t.like(answer, {status: 409, error: {code: 'CONFLICT'}}, `${decision} of a ${status} food`);
		}
	}
	t.is(
		(await house.post(`/api/v1/admin/foods/${'0190a5c0-0000-7000-8000-000000000000'}/approve`, {}, house.moderator))
			.status,
		404,
	);
});

test('of moderators who decide at once one wins and the others hear that it is decided', async t => {
	const house = await aFoodHouse(t);
	const others = await Promise.all([1, 2, 3, 4].map(() => house.person('moderator')));
	for (let round = 0; round < 5; round++) {
		const {id} = await house.aFood({name: `Round ${round}`}, {status: 'pending'});
		const answers = await Promise.all(
			others.map((moderator, at) =>
				at % 2 === 0
					? house.post(`/api/v1/admin/foods/${id}/approve`, {}, moderator)
					: house.post(`/api/v1/admin/foods/${id}/reject`, {reason: 'no'}, moderator),
			),
		);
		t.deepEqual(answers.map(({status}) => status).sort(), [200, 409, 409, 409]);
		const winner = answers.find(({status}) => status === 200);
		t.is((await house.get(`/api/v1/foods/${id}`, house.moderator)).data.status, winner?.data.status);
	}
});

test('a member sees no queue and decides nothing', async t => {
	const house = await aFoodHouse(t);
	const author = await house.person();
	const {id} = await house.aFood({}, {by: author, status: 'pending'});
	t.is((await house.get('/api/v1/admin/foods/queue', author)).status, 403);
	for (const [decision, body] of [
		['approve', {}],
		['reject', {reason: 'no'}],
		['merge', {into: id}],
	] as const) {
		t.is((await house.post(`/api/v1/admin/foods/${id}/${decision}`, body, author)).status, 403);
	}
});

test('an approved edit changes the food, a rejected one does not, and each is decided once', async t => {
	const {heard, plugin} = listener();
	const house = await aFoodHouse(t, {plugins: [plugin]});
	const {id} = await house.aFood();
	const [one, other] = await Promise.all([house.person(), house.person()]);
	const good = (await house.put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 1.4}}, one)).data.proposal_id;
	const bad = (await house.put(`/api/v1/foods/${id}`, {name: 'Spam'}, other)).data.proposal_id;
	const approved = await house.post(
		`/api/v1/admin/foods/${good}/approve`,
		{edits: {nutrients: {protein_g: 1.1}}},
		house.moderator,
	);
	t.like(approved, {status: 200, data: {id, status: 'verified', nutrients: {fat_g: 1.4, protein_g: 1.1, salt_g: 0.1}}});
	const rejected = await house.post(`/api/v1/admin/foods/${bad}/reject`, {reason: 'No.'}, house.moderator);
	t.like(rejected, {status: 200, data: {id, name: 'Oat drink'}});
	for (const proposal of [good, bad]) {
		t.is((await house.post(`/api/v1/admin/foods/${proposal}/approve`, {}, house.moderator)).status, 409);
		t.is((await house.post(`/api/v1/admin/foods/${proposal}/merge`, {into: id}, house.moderator)).status, 409);
	}
	await house.until(async () => heard.some(({event}) => event === 'food.corrected'));
});

test('the only edit that waits for a verified food can be decided by the food’s id, several only by their own', async t => {
	const house = await aFoodHouse(t);
	const {id} = await house.aFood();
	const proposer = await house.person();
	await house.put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 1.4}}, proposer);
	t.like(await house.post(`/api/v1/admin/foods/${id}/approve`, {}, house.moderator), {
		status: 200,
		data: {nutrients: {fat_g: 1.4}},
	});
	const waiting = [];
	for (const fat_g of [2, 3])
		waiting.push((await house.put(`/api/v1/foods/${id}`, {nutrients: {fat_g}}, proposer)).data.proposal_id);
	t.like(await house.post(`/api/v1/admin/foods/${id}/approve`, {}, house.moderator), {
		status: 409,
		error: {details: {proposal_ids: waiting}},
	});
});

test('a moderator who approves a food a second time does not approve an edit that was waiting for it', async t => {
	const house = await aFoodHouse(t);
	const author = await house.person();
	const relative = await house.person('member', {household_of: author});
	const {id} = await house.aFood({}, {by: author, status: 'pending'});
	t.is((await house.put(`/api/v1/foods/${id}`, {name: 'Renamed'}, relative)).status, 202);
	t.is((await house.post(`/api/v1/admin/foods/${id}/approve`, {}, house.moderator)).status, 200);
	t.is((await house.post(`/api/v1/admin/foods/${id}/approve`, {}, house.moderator)).status, 409);
	t.is((await house.get(`/api/v1/foods/${id}`, author)).data.name, 'Oat drink');
});

test('edits of a food that was rejected wait no longer', async t => {
	const house = await aFoodHouse(t);
	const author = await house.person();
	const relative = await house.person('member', {household_of: author});
	const {id} = await house.aFood({}, {by: author, status: 'pending'});
	await house.put(`/api/v1/foods/${id}`, {name: 'Renamed'}, relative);
	t.is((await queue(house)).length, 2);
	await house.post(`/api/v1/admin/foods/${id}/reject`, {reason: 'Not a food.'}, house.moderator);
	t.deepEqual(await queue(house), []);
});

test('every decision is kept: who, when, before and after, and in the audit', async t => {
	const house = await aFoodHouse(t);
	const author = await house.person();
	const into = await house.aFood({name: 'Into'});
	const {id} = await house.aFood({}, {by: author, status: 'pending'});
	await house.put(`/api/v1/foods/${id}`, {nutrients: {fat_g: 2}}, author);
	await house.post(`/api/v1/admin/foods/${id}/merge`, {into: into.id}, house.moderator);
	const {db} = house.house.contextOf('food');
	const history = await db.many(
		`select action, actor_id, before->'nutrients'->>'fat_g' as fat_before, after->'nutrients'->>'fat_g' as fat_after,
			before->>'status' as was, after->>'status' as became, after->>'merged_into' as merged_into, at is not null as dated
		from food.history where food_id = $1 order by at, id`,
		[id],
	);
	t.deepEqual(history, [
		{
			action: 'edited',
			actor_id: author.id,
			fat_before: '1.5',
			fat_after: '2',
			was: 'pending',
			became: 'pending',
			merged_into: null,
			dated: true,
		},
		{
			action: 'merged',
			actor_id: house.moderator.id,
			fat_before: '2',
			fat_after: '2',
			was: 'pending',
			became: 'rejected',
			merged_into: into.id,
			dated: true,
		},
	]);
	const audit = await db.as(author.id, tx =>
		tx.many(
			'select action, actor_id, ip, request_id is not null as requested from platform.audit where resource_id = $1 order by id',
			[id],
		),
	);
	t.deepEqual(
		audit.map(({action, actor_id}) => [action, actor_id]),
		[
			['food.created', author.id],
			['food.edited', author.id],
			['food.merged', house.moderator.id],
		],
	);
	t.true(audit.every(({ip, requested}) => ip === '127.0.0.1' && requested === true));
});
