import type {Bus} from '@hearth/ports/bus.js';
import type {Cache} from '@hearth/ports/cache.js';
import type {Database} from '@hearth/ports/database.js';
import type {Objects} from '@hearth/ports/objects.js';

export interface Part {
	status: 'up' | 'down';
	/** Why it is down. */
	reason?: string;
	/** How it does its work, where it says so. */
	detail?: string;
}

/** What /ready answers. `ready` while every dependency and every plugin of the house is up; one from outside may be down. */
export interface Ready {
	status: 'ready' | 'unready';
	dependencies: Record<string, Part>;
	plugins: Record<string, Part>;
}

/** A plugin of this process and how it does. */
export interface PluginState {
	name: string;
	/** Dropped in from outside: its failure does not make the house unready. */
	outside: boolean;
	/** Why it did not start; null where it runs. */
	failed: string | null;
	/** Throws where it cannot do its work; may say how it does it. */
	health: () => Promise<string | undefined>;
}

const CHECK_TIMEOUT_MS = 2000;
// Probes of several watchers in one second share an answer.
const FRESH_MS = 1000;

/** Checks every part at once; the answer is kept for a second. */
export function readiness(
	ports: {database: Database; cache: Cache; bus: Bus; objects: Objects},
	plugins: () => readonly PluginState[],
	now: () => number,
): () => Promise<Ready> {
	let last: {at: number; answer: Promise<Ready>} | undefined;
	const ask = async (): Promise<Ready> => {
		const dependencies = Object.entries({
			database: () => ports.database.check(),
			cache: () => ports.cache.check(),
			bus: () => ports.bus.check(),
			objects: () => ports.objects.check(),
		}).map(async ([name, check]) => [name, await probe(check)] as const);
		const states = plugins();
		const parts = states.map(async ({name, failed, health}) => {
			const part: Part = failed === null ? await probe(health) : {status: 'down', reason: failed};
			return [name, part] as const;
		});
		const answer = {
			dependencies: Object.fromEntries(await Promise.all(dependencies)),
			plugins: Object.fromEntries(await Promise.all(parts)),
		};
		const down =
			Object.values(answer.dependencies).some(({status}) => status === 'down') ||
			states.some(({name, outside}) => !outside && answer.plugins[name]?.status === 'down');
		return {status: down ? 'unready' : 'ready', ...answer};
	};
	return () => {
		if (last === undefined || now() - last.at > FRESH_MS) last = {at: now(), answer: ask()};
		return last.answer;
	};
}

async function probe(check: () => Promise<void> | Promise<string | undefined>): Promise<Part> {
	let timer: NodeJS.Timeout | undefined;
	try {
		const late = new Promise<never>((_, reject) => {
			timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1000} s`)), CHECK_TIMEOUT_MS);
		});
		const detail = await Promise.race([check(), late]);
		return typeof detail === 'string' ? {status: 'up', detail} : {status: 'up'};
	} catch (error) {
		return {status: 'down', reason: error instanceof Error ? error.message : String(error)};
	} finally {
		clearTimeout(timer);
	}
}
