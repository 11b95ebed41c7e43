import test from 'ava';
import {check, type State} from './faults/checker.js';
import {type Attempt, judge, type Write} from './faults/ledger.js';

// A checker that finds nothing proves nothing: here are lies, and each is found.

const ANNA = 'anna';
const BEN = 'ben';

/** Two foods, one of them approved, an edit and a picture: all as it was acknowledged. */
function honest(): {attempts: Attempt[]; writes: Write[]; state: State} {
	return {
		attempts: [],
		writes: [
			{kind: 'create_food', person: ANNA, state: 'acknowledged', name: 'Oats', energy_kcal: 370, food_id: 'f1'},
			{kind: 'create_food', person: BEN, state: 'acknowledged', name: 'Rye', energy_kcal: 330, food_id: 'f2'},
			{kind: 'edit_food', person: BEN, state: 'acknowledged', food_id: 'f2', energy_kcal: 335},
			{kind: 'decide', person: 'moderator', state: 'acknowledged', item_id: 'f1', food_id: 'f1', decision: 'approve'},
			{kind: 'propose_edit', person: BEN, state: 'acknowledged', food_id: 'f1', fiber_g: 9, proposal_id: 'p1'},
			{kind: 'upload', person: ANNA, state: 'acknowledged', sha256: 'aa', energy_kcal: 400, image_id: 'i1'},
		],
		state: {
			foods: [
				{id: 'f1', name: 'Oats', created_by: ANNA, status: 'verified', image_id: null, nutrients: {energy_kcal: 370}},
				{id: 'f2', name: 'Rye', created_by: BEN, status: 'pending', image_id: null, nutrients: {energy_kcal: 335}},
			],
			proposals: [{id: 'p1', food_id: 'f1', created_by: BEN, status: 'pending', edits: {nutrients: {fiber_g: 9}}}],
			changes: [
				{food_id: 'f2', proposal_id: null, action: 'edited'},
				{food_id: 'f1', proposal_id: null, action: 'approved'},
			],
			pictures: [{id: 'i1', user_id: ANNA, sha256: 'aa', status: 'done', reading: {energy_kcal: 400}, kept: true}],
			audit: [
				{action: 'food.created', resource_id: 'f1'},
				{action: 'food.created', resource_id: 'f2'},
				{action: 'food.approved', resource_id: 'f1'},
			],
			found: ['f1'],
			left: {outbox: 0, jobs: 0, parked_jobs: 0, parked_events: 0},
		},
	};
}

type History = ReturnType<typeof honest>;
const found = (lie: (history: History) => void) => {
	const history = honest();
	lie(history);
	return check(history, history.state).map(({what}) => what);
};

test('what is as it was acknowledged has no findings', t => {
	const {state, ...ledger} = honest();
	t.deepEqual(check(ledger, state), []);
});

const lies: Record<string, [finding: string, lie: (history: History) => void]> = {
	'a food that was acknowledged is gone': ['lost', ({state}) => void state.foods.pop()],
	'a food is there twice': [
		'doubled',
		({state}) => {
			state.foods.push({...(state.foods[1] as State['foods'][number]), id: 'f3'});
			state.audit.push({action: 'food.created', resource_id: 'f3'});
		},
	],
	'a food is another’s': ['foreign', ({state}) => void Object.assign(state.foods[1] ?? {}, {created_by: ANNA})],
	'a food that nobody sent': [
		'foreign',
		({state}) => void state.foods.push({...(state.foods[1] as State['foods'][number]), id: 'f3', name: 'Millet'}),
	],
	'an edit is undone': ['lost', ({state}) => void Object.assign(state.foods[1] ?? {}, {nutrients: {energy_kcal: 330}})],
	'a refused food is there': ['changed', ({writes}) => void Object.assign(writes[1] ?? {}, {state: 'refused'})],
	'an approval is lost': ['lost', ({state}) => void Object.assign(state.foods[0] ?? {}, {status: 'pending'})],
	'an approval is in the history twice': [
		'doubled',
		({state}) => void state.changes.push({food_id: 'f1', proposal_id: null, action: 'approved'}),
	],
	'a food is verified that nobody approved': [
		'changed',
		({state}) => void Object.assign(state.foods[1] ?? {}, {status: 'verified'}),
	],
	'an approval has no audit entry': ['changed', ({state}) => void state.audit.pop()],
	'a verified food is not found': ['lost', ({state}) => void state.found.pop()],
	'two moderators are both told that they decided': [
		'doubled',
		({writes}) => void writes.push({...(writes[3] as Write), person: 'another moderator'}),
	],
	'a proposal is gone': ['lost', ({state}) => void state.proposals.pop()],
	'a proposal is there twice': [
		'doubled',
		({state}) => void state.proposals.push({...(state.proposals[0] as State['proposals'][number]), id: 'p2'}),
	],
	'a picture is gone': ['lost', ({state}) => void state.pictures.pop()],
	'a picture is there twice': [
		'doubled',
		({state}) => void state.pictures.push({...(state.pictures[0] as State['pictures'][number]), id: 'i2'}),
	],
	'a picture is never read': [
		'unread',
		({state}) => void Object.assign(state.pictures[0] ?? {}, {status: 'queued', reading: null}),
	],
	'a picture has another’s reading': [
		'changed',
		({state}) => void Object.assign(state.pictures[0] ?? {}, {reading: {energy_kcal: 401}}),
	],
	'a picture’s bytes are gone': ['lost', ({state}) => void Object.assign(state.pictures[0] ?? {}, {kept: false})],
	'a picture is another’s': ['foreign', ({state}) => void Object.assign(state.pictures[0] ?? {}, {user_id: BEN})],
	'a job was given up': ['stuck', ({state}) => void Object.assign(state.left, {parked_jobs: 1})],
	'an answer was wrong': [
		'wrong answer',
		({attempts}) =>
			void attempts.push({
				kind: 'search',
				person: ANNA,
				path: 'GET /',
				sent_ms: 0,
				answered_ms: 1,
				answer: null,
				outcome: 'wrong',
			}),
	],
};
for (const [title, [finding, lie]] of Object.entries(lies)) {
	test(`the checker finds it when ${title}`, t => t.true(found(lie).includes(finding as never), found(lie).join()));
}

test('of a write of which nobody knows whether it was done, both are right, and twice is not', t => {
	const open = ({writes}: History) => void Object.assign(writes[1] ?? {}, {state: 'open', food_id: null});
	t.deepEqual(
		found(history => {
			open(history);
			history.writes.splice(2, 1);
			history.state.foods.pop();
			history.state.changes.shift();
			history.state.audit.splice(1, 1);
		}),
		[],
	);
	t.deepEqual(
		found(history => {
			open(history);
			history.state.foods.push({...(history.state.foods[1] as State['foods'][number]), id: 'f3'});
			history.state.audit.push({action: 'food.created', resource_id: 'f3'});
		}),
		['doubled'],
	);
});

const json = (status: number, body: unknown) => ({
	status,
	content_type: 'application/json; charset=utf-8',
	text: JSON.stringify(body),
});
const anError = (status: number, code: string) => json(status, {error: {code, message: 'Why, and what to do.'}});

test('an answer is good as promised, refused where that is deserved, and unavailable where it says so', t => {
	const foods = {status: [200], includes: ['f1'], excludes: ['f2'], visible_to: ANNA};
	const data = [{id: 'f1', status: 'verified', created_by: BEN}];
	t.is(judge(json(200, {data}), foods).outcome, 'good');
	t.is(judge(anError(409, 'CONFLICT'), {status: [200], refusals: ['CONFLICT']}).outcome, 'refused');
	t.is(judge(anError(503, 'UNAVAILABLE'), foods).outcome, 'unavailable');
	t.is(
		judge({status: 200, content_type: 'image/jpeg', text: '…'}, {status: [200], content_type: 'image/jpeg'}).outcome,
		'good',
	);
});

test('everything else is wrong: failures of our own, pages of a proxy, half of an answer, and what was not to be there', t => {
	const foods = {status: [200], includes: ['f1'], excludes: ['f2'], visible_to: ANNA};
	const wrong = (answer: Parameters<typeof judge>[0]) => t.is(judge(answer, foods).outcome, 'wrong', answer.text);
	wrong(anError(500, 'INTERNAL'));
	wrong({status: 502, content_type: 'text/html', text: '<h1>502 Bad Gateway</h1>'});
	wrong({status: 503, content_type: 'text/html', text: '<h1>503</h1>'});
	wrong(json(503, {}));
	wrong(anError(401, 'UNAUTHENTICATED'));
	wrong(anError(409, 'CONFLICT'));
	wrong({status: 200, content_type: 'application/json', text: '{"data": [{"id": "f1"'});
	wrong(json(200, {data: []}));
	wrong(json(200, {data: {id: 'f1'}}));
	const f1 = {id: 'f1', status: 'verified', created_by: BEN};
	wrong(json(200, {data: [f1, {id: 'f2', status: 'verified', created_by: BEN}]}));
	wrong(json(200, {data: [f1, {id: 'f3', status: 'pending', created_by: BEN}]}));
	wrong(json(200, {data: [f1, f1]}));
	t.is(
		judge(json(200, {data: {id: 'f1', nutrients: {fat_g: 2}}}), {status: [200], has: {nutrients: {fat_g: 1}}}).outcome,
		'wrong',
	);
});
