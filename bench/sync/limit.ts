import {randomUUID} from 'node:crypto';
import pg from 'pg';
import {COLLECTION, type SetDone} from './mutations.js';

/**
 * The limit: what PostgreSQL alone takes to write the same rows, a record and its change each, by one statement, and to read them by
 * a plain query. Its tables have the columns of the house's, and of keys only the primary ones; nothing is merged, nothing is known of
 * what was sent before, no checksum is kept and nobody is kept from anybody.
 */
export class Limit {
	readonly #pool: pg.Pool;
	#version = 0;

	private constructor(url: string, connections: number) {
		this.#pool = new pg.Pool({connectionString: url, max: connections});
	}

	static async open(url: string, connections: number): Promise<Limit> {
		const limit = new Limit(url, connections);
		await limit.#pool.query(`
			create schema bench_limit;
			create table bench_limit.records (like records.records, primary key (space_id, collection, id));
			create table bench_limit.changes (like records.changes, primary key (space_id, version));
		`);
		return limit;
	}

	/** What `write` takes: everything worked out beforehand. */
	rowsOf(sets: readonly SetDone[]): string {
		const now_ms = Date.now();
		return JSON.stringify(
			sets.map(({id, data}) => {
				const version = ++this.#version;
				return {
					c: COLLECTION,
					i: id,
					d: data,
					f: {all: [version, 'bench-a', now_ms]},
					v: version,
					i1: data.log_exercise_id,
					m: randomUUID(),
					t: now_ms,
				};
			}),
		);
	}

	async write(space_id: string, rows: string): Promise<void> {
		await this.#pool.query(
			`with n as (
				select * from jsonb_to_recordset($2) as n(c text, i text, d jsonb, f jsonb, v bigint, i1 text, m text, t bigint)
			), written as (
				insert into bench_limit.records (space_id, collection, id, data, field_versions, version, device_id, created_at, updated_at, index_1)
				select $1, c, i, d, f, v, 'bench-a', now(), now(), i1 from n
			)
			insert into bench_limit.changes (space_id, version, collection, record_id, op, data, previous, prior_version, actor_id, device_id,
				mutation_id, client_timestamp, server_timestamp)
			select $1, v, c, i, 'upsert', d, '{}', 0, $1, 'bench-a', m, timestamptz 'epoch' + t * interval '1 millisecond', now() from n`,
			[space_id, rows],
		);
	}

	/** The house's own records of a space, all at once; answers how many. */
	async read(space_id: string): Promise<number> {
		const {rows} = await this.#pool.query(
			`select version, collection, id as record_id, data, updated_at from records.records
			where space_id = $1 and deleted_at is null order by version`,
			[space_id],
		);
		return rows.length;
	}

	/** So that no round pays for what the ones before it left behind. */
	async settle(): Promise<void> {
		await this.#pool.query('checkpoint');
	}

	close(): Promise<void> {
		return this.#pool.end();
	}
}
