import type {Sql} from '@hearth/ports/database.js';
import type {Data} from '@hearth/records/merge.js';
import type {AnswerText} from './answer-text.js';
import {rawOf} from './columns.js';
import type {Migration} from './migration.js';
import {readRows} from './read-rows.js';
import {tables} from './tables.js';

interface Row {
	collection: string;
	id: string;
	data: Data;
	is_deleted: boolean;
}

const names = [...tables.keys()];
const PARTS = ['created', 'updated', 'deleted'] as const;
type Part = (typeof PARTS)[number];

/**
 * Writes `{table: {created, updated, deleted}}`, every table with all three, as WatermelonDB wants them.
 *
 * - `created` only of a first sync: a device that made a record and has deleted it since would take its own echo for a new one, and
 *   forget the delete. Everything else is `updated`, also where it is new.
 * - Nothing deleted where the client starts from nothing.
 * - After the app's schema grew, what its older version had no place for is told again.
 */
export async function writeChangeSets(
	sql: Sql,
	space_id: string,
	text: AnswerText,
	{
		since,
		withDeleted,
		live,
		migration,
	}: {since: number; withDeleted: boolean; live: 'created' | 'updated'; migration: Migration | null},
): Promise<void> {
	const rows = readRows<Row>(sql, ...query(space_id, since, withDeleted, migration));
	let section = -1;
	let isFirst = true;
	const moveTo = (next: number): string => {
		let moved = '';
		for (; section < next; section += 1) moved += (section < 0 ? '{' : endOf(section)) + startOf(section + 1);
		if (moved !== '') isFirst = true;
		return moved;
	};
	for await (const batch of rows) {
		let piece = '';
		for (const {collection, id, data, is_deleted} of batch) {
			const table = tables.get(collection);
			if (table === undefined) continue;
			piece += moveTo(sectionOf(collection, is_deleted ? 'deleted' : live));
			piece += (isFirst ? '' : ',') + JSON.stringify(is_deleted ? id : rawOf(table, id, data));
			isFirst = false;
		}
		await text.add(piece);
	}
	const last = names.length * PARTS.length - 1;
	await text.add(`${moveTo(last)}${endOf(last)}}`);
}

function query(
	space_id: string,
	since: number,
	withDeleted: boolean,
	migration: Migration | null,
): [text: string, values: unknown[]] {
	// Only where it is asked for: with it, no index leads to what changed.
	const added =
		migration === null
			? ''
			: `or deleted_at is null and (collection = any($4) or exists (
				select from unnest($5::text[], $6::text[]) as added(name, field) where name = collection and data ->> field is not null
			))`;
	const {tables: names_added = [], columns = []} = migration ?? {};
	return [
		// From where the client stood, by the index, however few rows that are and whatever the planner thinks: hence the offset.
		`select collection, id, data, is_deleted from (
			select collection, id, data, deleted_at is not null as is_deleted, version from records.records
			where space_id = $1 and version > 0 and (version > $3 ${added}) ${withDeleted ? '' : 'and deleted_at is null'}
			order by version offset 0
		) as changed where collection = any($2) order by array_position($2, collection), is_deleted, version`,
		[
			space_id,
			names,
			since,
			...(migration === null ? [] : [names_added, columns.map(({table}) => table), columns.map(({column}) => column)]),
		],
	];
}

const sectionOf = (name: string, part: Part): number => names.indexOf(name) * PARTS.length + PARTS.indexOf(part);

function startOf(section: number): string {
	const part = `"${PARTS[section % PARTS.length]}":[`;
	const isTable = section % PARTS.length === 0;
	return isTable ? `${section === 0 ? '' : ','}"${names[section / PARTS.length]}":{${part}` : `,${part}`;
}

const endOf = (section: number): string => (section % PARTS.length === PARTS.length - 1 ? ']}' : ']');
