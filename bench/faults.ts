import {randomInt} from 'node:crypto';
import {parseArgs} from 'node:util';
import {startStack} from '../deploy/dev/stack/stack.js';
import {faultsOf, houseOf} from '../deploy/test/faults/faults-of.js';
import {report} from '../deploy/test/faults/report.js';
import {storm} from '../deploy/test/faults/storm.js';

// The fault suite of deploy/test for as long as one likes: npm run bench -- faults --seed 7 --minutes 30 --copies 2

const {values} = parseArgs({
	options: {
		seed: {type: 'string'},
		minutes: {type: 'string', default: '10'},
		copies: {type: 'string', default: '1'},
		only: {type: 'string'},
	},
});
const copies = Number(values.copies);
const stack = await startStack({
	faulty: true,
	copies: {auth: copies, food: copies, vision: copies, web: copies},
	environment: {HEARTH_RATE_LIMITS: 'off', HEARTH_REGISTRATION: 'open', HEARTH_STARTER_FOODS: 'off'},
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.once(signal, () => void stack.remove().then(() => process.exit(1)));
try {
	const only = values.only === undefined ? null : new RegExp(values.only);
	const faults = faultsOf(stack).filter(({name}) => only?.test(name) ?? true);
	const result = await storm(await houseOf(stack), faults, {
		seed: Number(values.seed ?? randomInt(2 ** 31)),
		minutes: Number(values.minutes),
		say: line => console.log(line),
	});
	for (const line of report(result)) console.log(line);
	process.exitCode = result.findings.length === 0 ? 0 : 1;
} finally {
	await stack.remove();
}
