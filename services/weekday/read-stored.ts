import type {Sql} from '@hearth/ports/database.js';
import type {StoredRecord} from '@hearth/records/merge.js';
import type {Entity} from './entities.js';

interface Named {
	entity: Entity;
	record_id: string;
}

export const keyOf = ({entity, record_id}: Named): string => `${entity.name}\n${record_id}`;

/** Records as they are, tombstones too, by key. */
export async function readStored(
	sql: Sql,
	space_id: string,
	named: readonly Named[],
): Promise<Map<string, StoredRecord>> {
	if (named.length === 0) return new Map();
	const rows = await sql.many<StoredRecord & {key: string}>(
		`select r.collection || E'\\n' || r.id as key, r.data, r.field_versions as stamps, r.version, r.deleted_at is not null as is_deleted
		from (select distinct c, i from unnest($2::text[], $3::text[]) as asked(c, i)) as asked
		-- Each by its key, whatever the planner believes of the table.
		cross join lateral (select * from records.records where space_id = $1 and collection = asked.c and id = asked.i offset 0) as r`,
		[space_id, named.map(({entity}) => entity.name), named.map(({record_id}) => record_id)],
	);
	return new Map(rows.map(({key, ...stored}) => [key, stored]));
}
