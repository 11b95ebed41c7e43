import {KINDS, type Outcome} from './ledger.js';
import type {Report} from './storm.js';

const OUTCOMES: Outcome[] = ['good', 'refused', 'unavailable', 'late', 'cut', 'wrong'];
const MOST_FINDINGS = 40;

/** What a storm did, in lines to be read by a person. */
export function report({ledger: {attempts, writes}, recoveries, findings}: Report): string[] {
	const count = (of: readonly {outcome: Outcome}[]) =>
		OUTCOMES.map(outcome => ({outcome, count: of.filter(one => one.outcome === outcome).length}))
			.filter(({count}) => count > 0)
			.map(({outcome, count}) => `${count} ${outcome}`)
			.join(', ');
	const byKind = KINDS.map(kind => ({kind, of: attempts.filter(attempt => attempt.kind === kind)})).filter(
		({of}) => of.length > 0,
	);
	const slowest = recoveries
		.flatMap(({fault, first_good_ms}) => Object.entries(first_good_ms).map(([kind, ms]) => ({fault, kind, ms})))
		.sort((one, other) => other.ms - one.ms)[0];
	const states = (['acknowledged', 'refused', 'open'] as const).map(
		state => `${writes.filter(write => write.state === state).length} ${state}`,
	);
	return [
		...byKind.map(({kind, of}) => `${kind}: ${count(of)}`),
		`${attempts.length} requests: ${count(attempts)}`,
		`${writes.length} writes: ${states.join(', ')}`,
		...(slowest === undefined
			? []
			: [
					`the longest from a part's return to a first good answer: ${(slowest.ms / 1000).toFixed(2)} s, of ${slowest.kind} after ${slowest.fault}`,
				]),
		`${findings.length} findings`,
		...findings.slice(0, MOST_FINDINGS).map(({what, detail}) => `${what}: ${detail}`),
	];
}
