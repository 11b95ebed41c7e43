import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {anAuthHouse, FROM_ELSEWHERE, MINUTE, PASSWORD} from './fixtures.js';

const invite = {HEARTH_REGISTRATION: 'invite'};
const register = '/api/v1/auth/register';
const fileOf = ({data_folder}: {data_folder: string}) => path.join(data_folder, 'setup-code');

test('the first account, made on the machine itself, is the verified admin of a household of its own', async t => {
	const {post, get} = await anAuthHouse(t, {settings: invite});
	t.like((await get('/api/v1/auth/registration')).data, {
		mode: 'invite',
		first_account: true,
		needs_setup_code: false,
	});
	const answer = await post(register, {email: ' Ada@Example.ORG ', password: PASSWORD});
	t.is(answer.status, 201);
	t.like(answer.data.user, {
		email: 'ada@example.org',
		name: 'ada',
		role: 'admin',
		email_verified: true,
		household_role: 'owner',
		time_zone: 'UTC',
	});
	t.is(answer.data.expires_in, 900);
	t.like((await get('/api/v1/auth/registration')).data, {first_account: false, needs_setup_code: false});
});

test('from elsewhere the first account needs the setup code, which lies in a file only the owner reads until an admin exists', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	const {ask, get} = house;
	const file = fileOf(house);
	t.is(statSync(file).mode & 0o777, 0o600);
	const body = {email: 'ada@example.org', password: PASSWORD};
	t.true((await ask('GET', '/api/v1/auth/registration', {headers: FROM_ELSEWHERE})).data.needs_setup_code);
	const without = await ask('POST', register, {body, headers: FROM_ELSEWHERE});
	t.like(without, {status: 403, error: {code: 'FORBIDDEN', details: {needs: 'setup_code'}}});
	const wrong = await ask('POST', register, {
		body: {...body, setup_code: '0000-0000-0000-0000'},
		headers: FROM_ELSEWHERE,
	});
	t.like(wrong, {status: 403, error: {details: {needs: 'setup_code'}}});
	t.is((await ask('GET', '/api/v1/auth/registration', {headers: FROM_ELSEWHERE})).data.first_account, true);

	const code = readFileSync(file, 'utf8').trim();
	t.regex(code, /^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}$/);
	const right = await ask('POST', register, {
		body: {...body, setup_code: ` ${code.toLowerCase().replaceAll('-', ' ')}`},
		headers: FROM_ELSEWHERE,
	});
	t.is(right.status, 201);
	t.is(right.data.user.role, 'admin');
	t.false(existsSync(file));
	await house.restart();
	t.false(existsSync(file));
	t.is((await get('/health')).status, 200);
});

test('a forwarding header that names the machine itself does not stand for the machine itself', async t => {
	const {ask} = await anAuthHouse(t, {settings: invite});
	for (const [name, value] of [
		['x-real-ip', '127.0.0.1'],
		['forwarded', 'for=127.0.0.1'],
		['cf-connecting-ip', '127.0.0.1'],
	] as const) {
		const body = {email: 'eve@example.org', password: PASSWORD};
		const answer = await ask('POST', register, {body, headers: {[name]: value}});
		t.is(answer.status, 403, name);
	}
});

test('the setup code stays the same over a restart', async t => {
	const house = await anAuthHouse(t, {settings: invite});
	const before = readFileSync(fileOf(house), 'utf8');
	await house.restart();
	t.is(readFileSync(fileOf(house), 'utf8'), before);
});

test('wrong setup codes of one address are limited, whatever e-mail they come with', async t => {
	const {ask} = await anAuthHouse(t, {settings: {...invite, HEARTH_RATE_LIMITS: 'on'}});
	const statuses: number[] = [];
	for (let index = 0; index < 12; index++) {
		const body = {email: `eve${index}@example.org`, password: PASSWORD, setup_code: `guess-${index}`};
		statuses.push((await ask('POST', register, {body, headers: FROM_ELSEWHERE})).status);
	}
	t.deepEqual(statuses, [...Array<number>(10).fill(403), 429, 429]);
});

test('five first accounts at once make exactly one admin', async t => {
	const {post, get} = await anAuthHouse(t, {settings: invite});
	const answers = await Promise.all(
		[1, 2, 3, 4, 5].map(index => post(register, {email: `person${index}@example.org`, password: PASSWORD})),
	);
	t.deepEqual(answers.map(({status}) => status).sort(), [201, 403, 403, 403, 403]);
	const first = answers.find(({status}) => status === 201)?.data;
	const {data} = await get('/api/v1/admin/users', {
		id: first.user.id,
		household_id: first.user.household_id,
		token: first.access_token,
	});
	t.is(data.length, 1);
	t.is(data[0].role, 'admin');
});

test('where registration is open, of five first accounts at once one is admin and four are members', async t => {
	const {post} = await anAuthHouse(t);
	const answers = await Promise.all(
		[1, 2, 3, 4, 5].map(index => post(register, {email: `person${index}@example.org`, password: PASSWORD})),
	);
	t.deepEqual(answers.map(({data}) => data.user.role).sort(), ['admin', 'member', 'member', 'member', 'member']);
});

test('even a house that is closed lets its first admin in', async t => {
	const house = await anAuthHouse(t, {settings: {HEARTH_REGISTRATION: 'closed'}});
	const {user} = await house.signUp('ada@example.org');
	t.is(user.role, 'admin');
	house.pass(MINUTE);
	const second = await house.post(register, {email: 'bob@example.org', password: PASSWORD});
	t.like(second, {status: 403, error: {code: 'FORBIDDEN'}});
});
