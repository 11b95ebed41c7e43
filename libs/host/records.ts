import {type Applied, applyIn, type Change, type Push} from '@hearth/records/apply.js';
import type {Collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import {event, type Plugin, type Transaction} from './plugin.js';

/** Told to every process, soon after the commit; may be lost. Whoever hears it reads by its own cursor. */
export const recordsAdvanced = event(
	'records.advanced',
	z.object({
		space_id: z.uuid(),
		version: z.number().int(),
		/** The device that pushed. */
		device_id: z.string(),
		collections: z.array(z.string()),
		/** Conflicts opened. */
		conflicts: z.number().int().default(0),
	}),
);

/** What was written to a collection that declares `announce`, delivered at least once to each plugin that subscribes. */
export const recordsChanged = event(
	'records.changed',
	z.object({
		space_id: z.uuid(),
		collection: z.string(),
		device_id: z.string(),
		changes: z.array(z.object({record_id: z.string(), version: z.number().int(), op: z.enum(['upsert', 'delete'])})),
	}),
);
// An event is one message on the bus, which has a largest size.
const CHANGES_AN_EVENT = 200;

/** The one door for what people own. */
export interface Records {
	/** Every collection of the house, whichever plugin declares it, by name. */
	readonly collections: ReadonlyMap<string, Collection>;
	/** Applies mutations in a transaction of its own; see `applyIn` in libs/records. */
	apply(push: Omit<Push, 'now'>): Promise<Applied>;
	/** The same in the caller's transaction, which must be the space's: `db.as(space_id, …)`. */
	applyIn(tx: Transaction, push: Omit<Push, 'now'>): Promise<Applied>;
}

/** The records as one handler sees them: whoever follows them is told once what it wrote is committed. */
export function openRecords({
	collections,
	as,
	tell,
	now,
}: {
	collections: ReadonlyMap<string, Collection>;
	as: <T>(userId: string, work: (tx: Transaction) => Promise<T>) => Promise<T>;
	tell: (advanced: z.input<typeof recordsAdvanced.payload>) => Promise<void>;
	now: () => number;
}): Records {
	const records: Records = {
		collections,
		apply: push => as(push.space_id, tx => records.applyIn(tx, push)),
		async applyIn(tx, push) {
			const applied = await applyIn(tx, collections, {...push, now: now()});
			const {changes, conflicts, head} = applied;
			await announce(tx, collections, push, changes);
			if (changes.length > 0 || conflicts.length > 0) {
				tx.afterCommit(() =>
					tell({
						space_id: push.space_id,
						version: head.version,
						device_id: push.device_id,
						collections: [...new Set(changes.map(({collection}) => collection))],
						conflicts: conflicts.length,
					}),
				);
			}
			return applied;
		},
	};
	return records;
}

async function announce(
	tx: Transaction,
	collections: ReadonlyMap<string, Collection>,
	{space_id, device_id}: Pick<Push, 'space_id' | 'device_id'>,
	changes: readonly Change[],
): Promise<void> {
	for (const {name, announce: isAnnounced} of collections.values()) {
		const written = isAnnounced ? changes.filter(({collection}) => collection === name) : [];
		for (let from = 0; from < written.length; from += CHANGES_AN_EVENT) {
			await tx.publish(recordsChanged, {
				space_id,
				device_id,
				collection: name,
				changes: written
					.slice(from, from + CHANGES_AN_EVENT)
					.map(({record_id, version, op}) => ({record_id, version, op})),
			});
		}
	}
}

/** By name. Two plugins cannot declare the same; that is checked when they are loaded. */
export const collectionsOf = (plugins: readonly Plugin[]): ReadonlyMap<string, Collection> =>
	new Map(plugins.flatMap(({collections = []}) => collections.map(collection => [collection.name, collection])));

/** Gives the plugin that declares `collectionRoutes` the routes of every collection there is. Doing it twice changes nothing. */
export function withCollectionRoutes(plugins: readonly Plugin[]): Plugin[] {
	const collections = [...collectionsOf(plugins).values()];
	return plugins.map(({collectionRoutes, ...plugin}) =>
		collectionRoutes === undefined
			? plugin
			: {...plugin, routes: [...(plugin.routes ?? []), ...collections.flatMap(collectionRoutes)]},
	);
}
