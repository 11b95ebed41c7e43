import type {Knex} from 'knex';

/** SQL text with `$1` places, or a knex builder where a query is composed of parts. */
export type Query = string | Knex.QueryBuilder;

/** What can be asked of the database, inside a transaction and outside. */
export interface Sql {
	/** All rows. */
	many<Row = Record<string, unknown>>(query: Query, values?: readonly unknown[]): Promise<Row[]>;
	/** The only row; throws `RowCountError` at none or several. */
	one<Row = Record<string, unknown>>(query: Query, values?: readonly unknown[]): Promise<Row>;
	/** The only row or null; throws `RowCountError` at several. */
	find<Row = Record<string, unknown>>(query: Query, values?: readonly unknown[]): Promise<Row | null>;
	/** Runs a statement; answers how many rows it touched. */
	run(query: Query, values?: readonly unknown[]): Promise<number>;
}

/** A statement that is not awaited belongs to it all the same: it is done before the commit, which does not come where it fails. */
export interface Transaction extends Sql {
	/** Runs after the commit, in order; its failure is the callback's own business and must not throw. */
	afterCommit(callback: () => void | Promise<void>): void;
}

/**
 * PostgreSQL, whoever runs it. Values: `bigint` and `numeric` come as numbers when they are safe integers or finite doubles,
 * `timestamptz` as Date, `date` as `YYYY-MM-DD` text, `jsonb` parsed; other `bigint` and `numeric` as text. Among the values given to a
 * query an array is a PostgreSQL array and a plain object is JSON, so a JSON array is given as `JSON.stringify` makes it.
 * The connection's role owns nothing and cannot bypass row-level security.
 */
export interface Database extends Sql {
	/** A knex without a connection: it only writes SQL, for queries composed of parts. */
	readonly build: Knex;
	/** Read committed. Commits when `work` resolves, rolls back when it throws, and tries again on nothing. */
	transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
	/** A transaction in which row-level security sees `userId` (policies read `hearth.user_id`). */
	as<T>(userId: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
	/** One repeatable-read, read-only snapshot; with `userId` as that user. */
	snapshot<T>(work: (tx: Sql) => Promise<T>, userId?: string): Promise<T>;
	/** Throws when the database does not answer within a second or two. */
	check(): Promise<void>;
	/** Applies a plugin's numbered `.sql` files, each once, under an advisory lock, as the owner of its schema. */
	migrate(schema: string, folder: URL): Promise<void>;
	/**
	 * Calls back with the payload of each `pg_notify` on the channel, of whatever process, and with null after a lost database answers
	 * again, when some may have been missed. The first listener opens a connection for good.
	 */
	listen(channel: string, callback: (payload: string | null) => void): Promise<void>;
	/** Calls back after a lost database answers again. */
	onReconnect(callback: () => void): void;
	close(): Promise<void>;
}

/** A query that promised one row brought another number. */
export class RowCountError extends Error {
	override readonly name = 'RowCountError';
	readonly rows: number;
	constructor(rows: number, query: string) {
		super(`Expected one row, got ${rows}: ${query.slice(0, 200)}`);
		this.rows = rows;
	}
}

/** True for a broken unique index; `constraint` narrows it to one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
	if (!(error instanceof Error) || (error as {code?: string}).code !== '23505') return false;
	return constraint === undefined || (error as {constraint?: string}).constraint === constraint;
}
