import type {Sql} from '@hearth/ports/database.js';
import type {Data} from './merge.js';

/** A change of a record, as the log tells it. */
export interface PastChange {
	version: number;
	/** The fields it wrote; null where the log has let go of them. */
	written: string[] | null;
	/** What they were before. */
	previous: Data | null;
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
	const rows = await sql.many<{place: number; version: number; written: string[] | null; previous: Data | null}>(
		`with recursive past as (
			select asked.place, asked.since, c.version, c.prior_version, c.data, c.previous
			from unnest($2::bigint[], $3::bigint[]) with ordinality as asked(version, since, place)
			join records.changes c on c.space_id = $1 and c.version = asked.version
			where c.version > asked.since
			union all
			select past.place, past.since, c.version, c.prior_version, c.data, c.previous
			from past join records.changes c on c.space_id = $1 and c.version = past.prior_version
			where c.version > past.since
		)
		select place, version, previous,
			case when data is not null then array(select jsonb_object_keys(data || previous)) end as written
		from past order by place, version desc`,
		[space_id, asked.map(({version}) => version), asked.map(({since}) => since)],
	);
	const histories = new Map<string, PastChange[]>(keys.map(key => [key, []]));
	for (const {place, version, written, previous} of rows) {
		histories.get(keys[place - 1] ?? '')?.push({version, written, previous});
	}
	return histories;
}

/** The record's data as it was at the version; null where the log no longer knows. `history` as `readHistories` gives it. */
export function valuesAt(data: Data, history: readonly PastChange[], version: number): Data | null {
	const then = {...data};
	for (const change of history) {
		if (change.version <= version) break;
		if (change.written === null || change.previous === null) return null;
		for (const field of change.written) {
			if (Object.hasOwn(change.previous, field)) then[field] = change.previous[field];
			else delete then[field];
		}
	}
	return then;
}
