import {parseArgs} from 'node:util';
import {simulate} from '@hearth/records/test/simulation/simulate.js';

// The simulation of sync for as long as one likes: `npm run bench -- simulation --minutes 600 --seed 1`. A run that breaks a promise is
// told with its seed and its story, and ends with 1; the same seed tells the same story.

const {values} = parseArgs({options: {minutes: {type: 'string'}, seed: {type: 'string'}, runs: {type: 'string'}}});
const minutes = Number(values.minutes ?? 10);
const first = Number(values.seed ?? 1);
const last = first + Number(values.runs ?? Number.POSITIVE_INFINITY) - 1;
if (!(minutes > 0 && Number.isSafeInteger(first) && first > 0 && last >= first)) {
	throw new Error('Usage: npm run bench -- simulation [--minutes 10] [--seed 1] [--runs …]; each a number above 0');
}

const end = Date.now() + minutes * 60_000;
let seed = first;
for (; Date.now() < end && seed <= last; seed += 1) {
	const {broken, story} = await simulate(seed);
	if (broken.length > 0) {
		console.error(`Seed ${seed} breaks a promise:\n${broken.join('\n')}\n\nWhat happened:\n${story.join('\n')}`);
		process.exit(1);
	}
	if (seed % 1000 === 0) console.log(`${seed - first + 1} runs, all promises kept`);
}
console.log(`${seed - first} runs from seed ${first}, all promises kept`);
