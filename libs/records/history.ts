import type {Sql} from '@hearth/ports/database.js';
import type {Data} from './merge.js';

/** A change of a record, as the log tells it. */
export interface PastChange {
	version: number;
	device_id: string;
	/** The fields it wrote; null where the log has let go of them. */
	data: Data | null;
	/** What those fields, and those it took away, were before. */
	previous: Data | null;
	/** What the device had sent of those that were merged into something else. */
	sent: Data | null;
}

/**
 * The changes of some records above a version each, newest first. `wanted` by any key: a record's newest version, and the version
 * above which its changes are wanted. The log is walked from change to change by its primary key.
 */
export async function readHistories(
	sql: Sql,
	space_id: string,
	wanted: ReadonlyMap<string, {version: number; since: number}>,
): Promise<Map<string, PastChange[]>> {
	const keys = [...wanted.keys()];
	const asked = [...wanted.values()];
	const rows = await sql.many<PastChange & {place: number}>(
		`with recursive past as (
			select asked.place, asked.since, c.version, c.prior_version, c.device_id, c.data, c.previous, c.sent
			from unnest($2::bigint[], $3::bigint[]) with ordinality as asked(version, since, place)
			join records.changes c on c.space_id = $1 and c.version = asked.version
			where c.version > asked.since
			union all
			select past.place, past.since, c.version, c.prior_version, c.device_id, c.data, c.previous, c.sent
			from past join records.changes c on c.space_id = $1 and c.version = past.prior_version
			where c.version > past.since
		)
		select place, version, device_id, data, previous, sent from past order by place, version desc`,
		[space_id, asked.map(({version}) => version), asked.map(({since}) => since)],
	);
	const histories = new Map<string, PastChange[]>(keys.map(key => [key, []]));
	for (const {place, ...change} of rows) histories.get(keys[place - 1] ?? '')?.push(change);
	return histories;
}

/**
 * The values that a device went on from which had seen the record up to the version: as they were then, but of what it wrote itself
 * since, what it sent last. Null where the log no longer knows. `history` as `readHistories` gives it.
 */
export function valuesSeen(
	data: Data,
	history: readonly PastChange[],
	version: number,
	device_id: string,
): Data | null {
	const seen = {...data};
	const own: Data = {};
	for (const change of history) {
		if (change.version <= version) break;
		if (change.data === null || change.previous === null) return null;
		for (const field of Object.keys({...change.data, ...change.previous})) {
			if (Object.hasOwn(change.previous, field)) seen[field] = change.previous[field];
			else delete seen[field];
		}
		if (change.device_id !== device_id) continue;
		// Newest first: what is known already is the later.
		for (const [field, value] of Object.entries({...change.data, ...change.sent})) {
			if (!Object.hasOwn(own, field)) own[field] = value;
		}
	}
	return {...seen, ...own};
}
