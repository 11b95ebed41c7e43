import {setTimeout as wait} from 'node:timers/promises';
import {check, type Finding} from './checker.js';
import type {Kind, Ledger} from './ledger.js';
import {Load} from './load.js';
import {makePeople} from './people.js';
import {Random} from './random.js';
import {countUndone, readState} from './state.js';

/** Something that goes wrong, and is mended again. */
export interface Fault {
	/** Such as `kill food`. */
	name: string;
	begin(): Promise<void>;
	/** Returns when the part is back, as far as it can say itself. */
	end(): Promise<void>;
}

/** The house that is to withstand it. */
export interface House {
	url: string;
	/** As its owner, not through what a fault cuts. */
	database_url: string;
	setup_code: string | undefined;
}

export interface Recovery {
	fault: string;
	held_ms: number;
	/** From the part's return until the first good answer of each kind. */
	first_good_ms: Record<string, number>;
	/** Of the requests meanwhile: how many were answered well, and how many at all; and how long the slowest refusal took. */
	served: Partial<Record<Kind, {good: number; all: number}>>;
	slowest_503_ms: number;
}

export interface Report {
	ledger: Ledger;
	recoveries: Recovery[];
	findings: Finding[];
}

// Long enough that what waits in a queue, a pool or a lease is caught by it.
const HOLD_MS = {least: 2000, most: 4500};
const CALM_MS = {least: 500, most: 1500};
// Without any work that comes to its end: a job that failed three times waits a minute before its last attempt.
const STILL_MS = 120_000;

/**
 * Brings the faults over the house under load, one after the other in an order that follows from the seed, then compares what was
 * acknowledged with what is there. With `until_ms` they begin anew until that time.
 */
export async function storm(
	house: House,
	faults: readonly Fault[],
	{seed, minutes, say}: {seed: number; minutes?: number; say: (line: string) => void},
): Promise<Report> {
	say(`seed ${seed}`);
	const random = new Random(seed, 'faults');
	const {members, moderators} = await makePeople(house.url, house.setup_code, {members: 6, moderators: 2});
	const [prober, ...others] = members;
	if (prober === undefined) throw new Error('There is nobody to look');
	const load = new Load(house.url, [...others, ...moderators], seed);
	await load.prepare(prober);
	load.start();
	const recoveries: Recovery[] = [];
	const end_ms = load.clock() + (minutes ?? 0) * 60_000;
	do {
		for (const fault of random.shuffled(faults)) {
			await wait(CALM_MS.least + random.number() * (CALM_MS.most - CALM_MS.least));
			const hold_ms = HOLD_MS.least + random.number() * (HOLD_MS.most - HOLD_MS.least);
			const began_ms = load.clock();
			await fault.begin();
			await wait(hold_ms);
			const mended_ms = load.clock();
			await fault.end();
			const first_good_ms = await load.firstGood(prober);
			recoveries.push({
				fault: fault.name,
				held_ms: mended_ms - began_ms,
				first_good_ms,
				...servedBetween(load.ledger, began_ms, mended_ms),
			});
			say(`${(began_ms / 1000).toFixed(1)} s ${told(recoveries.at(-1) as Recovery)}`);
		}
	} while (load.clock() < end_ms);
	await load.stop();
	await rest(house.database_url, say);
	const everybody = [prober, ...others, ...moderators];
	for (const person of everybody) await load.enter(person);
	// Who looks sends no foods, so all that are found are others'.
	const state = await readState(house.url, house.database_url, everybody, prober);
	return {ledger: load.ledger, recoveries, findings: check(load.ledger, state)};
}

function servedBetween(ledger: Ledger, from_ms: number, to_ms: number): Pick<Recovery, 'served' | 'slowest_503_ms'> {
	const served: Recovery['served'] = {};
	let slowest_503_ms = 0;
	for (const {kind, sent_ms, answered_ms, outcome} of ledger.attempts) {
		if (sent_ms < from_ms || answered_ms > to_ms) continue;
		served[kind] ??= {good: 0, all: 0};
		served[kind].all += 1;
		if (outcome === 'good' || outcome === 'refused') served[kind].good += 1;
		if (outcome === 'unavailable') slowest_503_ms = Math.max(slowest_503_ms, answered_ms - sent_ms);
	}
	return {served, slowest_503_ms};
}

/** One line of what a fault did. */
export function told({fault, held_ms, first_good_ms, served, slowest_503_ms}: Recovery): string {
	const [kind = '', worst = 0] = Object.entries(first_good_ms).sort(([, one], [, other]) => other - one)[0] ?? [];
	const sums = Object.values(served).reduce((sum, {good, all}) => ({good: sum.good + good, all: sum.all + all}), {
		good: 0,
		all: 0,
	});
	return [
		fault.padEnd(16),
		`for ${(held_ms / 1000).toFixed(1)} s`,
		`all good again after ${(worst / 1000).toFixed(2)} s (last: ${kind})`,
		`${sums.good} of ${sums.all} served meanwhile`,
		`slowest 503 ${slowest_503_ms.toFixed(0)} ms`,
	].join(', ');
}

/** Waits until all work is done, as long as any of it gets done. */
async function rest(database_url: string, say: (line: string) => void): Promise<void> {
	const began_at = Date.now();
	let undone = await countUndone(database_url);
	for (let moved_at = began_at; undone > 0; await wait(250)) {
		const now = await countUndone(database_url);
		if (now !== undone) moved_at = Date.now();
		undone = now;
		if (Date.now() - moved_at > STILL_MS) return say(`${undone} pieces of work do not come to their end`);
	}
	say(`all work was done ${((Date.now() - began_at) / 1000).toFixed(1)} s later`);
}
