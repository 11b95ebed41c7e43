import {ClassicLevel} from 'classic-level';
import {BufferedWrites} from './buffered-writes.js';
import {oneAtATime} from './one-at-a-time.js';
import type {Range, Store} from './store.js';

/** The folder is in use, by another process or by this one. */
export class StoreInUse extends Error {
	override readonly name = 'StoreInUse';
}

/** A LevelDB in a folder, for one process at a time. A batch is in its log, synced to the disk, before `write` resolves. */
export async function nodeStore(folder: string): Promise<Store> {
	const db = new ClassicLevel<string, unknown>(folder, {valueEncoding: 'json'});
	await open(db, folder);
	const inTurn = oneAtATime();
	const within = (snapshot: ReturnType<typeof db.snapshot>) => ({
		get: async <Value>(key: string) => (await db.get(key, {snapshot})) as Value | undefined,
		scan: async <Value>({from, to, limit}: Range) =>
			(await db
				.iterator({
					gte: from,
					lt: to,
					snapshot,
					...(limit === undefined || limit === Number.POSITIVE_INFINITY ? {} : {limit}),
				})
				.all()) as [string, Value][],
	});
	return {
		async read(work) {
			const snapshot = db.snapshot();
			try {
				return await work(within(snapshot));
			} finally {
				await snapshot.close();
			}
		},
		write: work =>
			inTurn(async () => {
				const snapshot = db.snapshot();
				try {
					const tx = new BufferedWrites(within(snapshot), byBytes);
					const result = await work(tx);
					const batch = [...tx.changes].map(([key, value]) =>
						value === undefined ? ({type: 'del', key} as const) : ({type: 'put', key, value} as const),
					);
					await db.batch(batch, {sync: true});
					return result;
				} finally {
					await snapshot.close();
				}
			}),
		close: () => inTurn(() => db.close()),
	};
}

async function open(db: ClassicLevel<string, unknown>, folder: string): Promise<void> {
	try {
		await db.open();
	} catch (error) {
		const cause = error instanceof Error ? error.cause : undefined;
		if ((cause as {code?: unknown} | undefined)?.code === 'LEVEL_LOCKED') {
			throw new StoreInUse(`${folder} is already open; close the other one first.`, {cause: error});
		}
		throw error;
	}
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
