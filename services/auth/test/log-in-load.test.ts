import test from 'ava';
import {anAuthHouse} from './fixtures.js';

// What depends on how busy this process is: one after the other, in a process of their own.

const login = '/api/v1/auth/login';

test.serial('an unknown e-mail and a wrong password take as long', async t => {
	const house = await anAuthHouse(t);
	await house.signUp('ada@example.org');
	const time = async (email: string) => {
		const started = performance.now();
		t.is((await house.post(login, {email, password: 'not the right one'})).status, 401);
		return performance.now() - started;
	};
	const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
	await time('eve@example.org'); // the first one makes the hash that stands for nobody's
	const [wrong, unknown]: [number[], number[]] = [[], []];
	for (let round = 0; round < 15; round++) {
		wrong.push(await time('ada@example.org'));
		unknown.push(await time('eve@example.org'));
	}
	const [a, b] = [median(wrong), median(unknown)];
	t.log(`median of 15: wrong password ${a.toFixed(1)} ms, unknown e-mail ${b.toFixed(1)} ms`);
	// Without the hash the unknown one would take a tenth of it.
	t.true(b > a * 0.5 && b < a * 2, `${a} ms and ${b} ms`);
});

test.serial(
	'a storm of sign-ins waits in a line that is bounded, and who finds it full is told to come back',
	async t => {
		const house = await anAuthHouse(t);
		await house.signUp('ada@example.org');
		const answers = await Promise.all(
			Array.from({length: 80}, () => house.post(login, {email: 'ada@example.org', password: 'not the right one'})),
		);
		const statuses = new Set(answers.map(({status}) => status));
		t.deepEqual([...statuses].sort(), [401, 503]);
		const full = answers.find(({status}) => status === 503);
		t.is(full?.error?.code, 'UNAVAILABLE');
		t.true(Number(full?.headers.get('retry-after')) > 0);
		t.is((await house.signIn('ada@example.org')).user.email, 'ada@example.org');
	},
);
