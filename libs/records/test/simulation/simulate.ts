import {judge} from './judge.js';
import type {Fault} from './memory-store.js';
import {World} from './world.js';

export const STEPS = 150;

export interface Verdict {
	seed: number;
	/** Empty when every promise was kept. */
	broken: string[];
	story: string[];
}

/** One run from its seed; the same seed is the same run. */
export async function simulate(seed: number, fault: Fault | null = null, steps = STEPS): Promise<Verdict> {
	const world = new World(seed, fault);
	try {
		await world.run(steps);
		return {seed, broken: judge(world), story: world.story};
	} catch (error) {
		return {seed, broken: [String((error as Error).stack ?? error)], story: world.story};
	}
}
