import {createHash} from 'node:crypto';
import {open} from 'node:fs/promises';
import type {Sql} from '@hearth/ports/database.js';
import {canonicalJson} from '@hearth/records/canonical.js';
import type {Data} from '@hearth/records/merge.js';
import {readHead} from '@hearth/records/read.js';

export const FORMAT = 'hearth-snapshot/1';
/** Rows held in memory at a time; a record may have a megabyte. */
const BATCH = 200;

/** Over the records of a snapshot, taken in the byte order of collection and id. */
export class SnapshotChecksum {
	readonly #hash = createHash('sha256');

	add(collection: string, id: string, data: Data): void {
		this.#hash.update(`${collection}\t${id}\t${canonicalJson(data)}\n`);
	}

	/** Once, at the end. */
	text(): string {
		return `sha256:${this.#hash.digest('hex')}`;
	}
}

export interface WrittenSnapshot {
	version: number;
	epoch: string;
	records: number;
	size_bytes: number;
}

interface Row {
	collection: string;
	id: string;
	data: Data;
	version: number;
	updated_at: Date;
}

/**
 * Writes every live record of these collections into a file, as a snapshot's JSON between `before` and `after`. Memory does not grow with
 * the records. `sql` is one snapshot of the space, or holds its lock.
 */
export async function writeSnapshot(
	sql: Sql,
	space_id: string,
	collections: readonly string[],
	file: string,
	{exported_at, before = '', after = ''}: {exported_at: Date; before?: string; after?: string},
): Promise<WrittenSnapshot> {
	const {version, epoch} = await readHead(sql, space_id);
	const out = await open(file, 'wx', 0o600);
	try {
		const head = JSON.stringify({format: FORMAT, exported_at, epoch, version});
		await out.write(`${before}${head.slice(0, -1)},"collections":{`);
		const checksum = new SnapshotChecksum();
		const left = new Set(collections);
		let records = 0;
		let current: string | null = null;
		for await (const rows of inByteOrder(sql, space_id, collections)) {
			let text = '';
			for (const {collection, ...row} of rows) {
				checksum.add(collection, row.id, row.data);
				if (collection === current) text += ',';
				else text += `${current === null ? '' : '],'}${JSON.stringify(collection)}:[`;
				current = collection;
				left.delete(collection);
				text += JSON.stringify(row);
				records += 1;
			}
			await out.write(text);
		}
		const empty = [...left].map(name => `${JSON.stringify(name)}:[]`).join(',');
		const end = current === null ? empty : `]${empty === '' ? '' : `,${empty}`}`;
		await out.write(`${end}},"checksum":${JSON.stringify(checksum.text())}}${after}`);
		const {size} = await out.stat();
		return {version, epoch, records, size_bytes: size};
	} finally {
		await out.close();
	}
}

async function* inByteOrder(sql: Sql, space_id: string, collections: readonly string[]): AsyncIterable<Row[]> {
	await sql.run(
		`declare snapshot_rows no scroll cursor for select collection, id, data, version, updated_at from records.records
		where space_id = $1 and collection = any($2) and deleted_at is null order by collection collate "C", id collate "C"`,
		[space_id, collections],
	);
	for (;;) {
		const rows = await sql.many<Row>(`fetch ${BATCH} from snapshot_rows`);
		if (rows.length > 0) yield rows;
		if (rows.length < BATCH) break;
	}
	await sql.run('close snapshot_rows');
}
