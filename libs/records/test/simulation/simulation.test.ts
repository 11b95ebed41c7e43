import test from 'ava';
import type {Fault} from './memory-store.js';
import {simulate} from './simulate.js';

// Replay one: HEARTH_SIMULATION_SEED=<seed> npm test -- libs/records/test/simulation/simulation.test.js

const SEEDS = 2000;
const FAULTS: Fault[] = [
	'version taken before the lock',
	'clock as cursor',
	'tombstone dropped early',
	'duplicate applied twice',
	'merge base wrong',
	'another user’s row',
	'record written without its log',
	'checksum not kept up',
];
// A fault that needs more seeds than this to be found would slip through a day's work.
const SEEDS_A_FAULT = 200;

const asked = process.env.HEARTH_SIMULATION_SEED;

test.serial('whatever happens on the way, devices and server end equal and nothing acknowledged is lost', async t => {
	t.timeout(300_000);
	const first = asked === undefined ? 1 : Number(asked);
	const last = asked === undefined ? SEEDS : first;
	for (let seed = first; seed <= last; seed += 1) {
		const {broken, story} = await simulate(seed);
		if (broken.length > 0) {
			t.fail(`HEARTH_SIMULATION_SEED=${seed}\n${broken.join('\n')}\n\n${asked === undefined ? '' : story.join('\n')}`);
			return;
		}
	}
	t.log(`${last - first + 1} seeds`);
	t.pass();
});

test.serial('the same seed is the same run', async t => {
	const [one, other] = [await simulate(7), await simulate(7)];
	t.deepEqual(one, other);
	t.notDeepEqual(one.story, (await simulate(8)).story);
});

for (const fault of FAULTS) {
	test.serial(`a fault is found: ${fault}`, async t => {
		t.timeout(300_000);
		for (let seed = 1; seed <= SEEDS_A_FAULT; seed += 1) {
			const {broken} = await simulate(seed, fault);
			if (broken.length === 0) continue;
			t.log(`at seed ${seed}: ${broken[0]}`);
			t.notRegex(broken[0] ?? '', /does not know this statement/, 'what is found is the fault');
			return;
		}
		t.fail(`${SEEDS_A_FAULT} seeds did not find it`);
	});
}
