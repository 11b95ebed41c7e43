import {readdir, readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import knex, {type Knex} from 'knex';

// The one file that imports knex: the builder that only writes SQL, and the migrator.

/** A knex without a connection. */
export const sqlBuilder = (): Knex => knex({client: 'pg'});

// One key for the migrations of all schemas: they also make roles and extensions, which are shared.
const MIGRATION_LOCK = 0x4ea47b01;
// A start that waits longer than this for a table lock, or for another process's migrations, is better ended with a reason.
const LOCK_TIMEOUT = '300s';

// A server works on for a process that was killed, holding its locks, unless it looks whether anyone still waits. Not every system can.
const NOTICE_OUR_DEATH = `do $$ begin
	perform set_config('client_connection_check_interval', '1s', false);
exception when others then null; end $$`;

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;
const SCHEMA_NAME = /^[a-z][a-z0-9_]{0,62}$/;

export interface MigrationTarget {
	/** What `pg` connects by, as the owner. */
	connection: object;
	schema: string;
	folder: URL;
	/** The role that may read and write rows of the tables made. */
	app_role: string;
}

/**
 * Applies the numbered `.sql` files of the folder that the schema has not seen, in order, each in a transaction of its own that also
 * records it: a process killed at any point leaves whole files behind it. Only one process migrates at a time. What a file grants
 * or revokes itself stays; tables, sequences and functions are granted to the app's role as they are made. Throws when a file that was
 * applied is missing (an older version of the program), naming it.
 */
export async function applyMigrations({connection, schema, folder, app_role}: MigrationTarget): Promise<void> {
	if (!SCHEMA_NAME.test(schema)) throw new Error(`Not a schema name: ${JSON.stringify(schema)}`);
	const files = await migrationFiles(folder);
	// One session holds the lock and does the work, so that losing it ends both.
	const owner = knex({client: 'pg', connection, pool: {min: 1, max: 1}, log: silent});
	try {
		await owner.raw(`set lock_timeout = '${LOCK_TIMEOUT}'; set client_min_messages = warning`);
		await owner.raw(NOTICE_OUR_DEATH);
		await owner.raw('select pg_advisory_lock(?)', [MIGRATION_LOCK]);
		const migrator = owner.migrate;
		const config: Knex.MigratorConfig = {
			schemaName: schema,
			tableName: 'migrations',
			migrationSource: sqlFiles(files),
		};
		await owner.raw('create schema if not exists ??', [schema]);
		await owner.raw('grant usage on schema ?? to ??', [schema, app_role]);
		// Makes knex's own two tables, before the default privileges that are meant for the plugin's.
		const [, pending] = await migrator.list(config);
		// A knex killed in the middle leaves its lock set. Under the advisory lock nobody else can be at work.
		await migrator.forceFreeMigrationsLock(config);
		if (pending.length === 0) return;
		for (const [kind, rights] of Object.entries(APP_RIGHTS)) {
			await owner.raw(`alter default privileges in schema ?? grant ${rights} on ${kind} to ??`, [schema, app_role]);
		}
		for (;;) {
			// `up` runs one file; the file, its record and knex's lock share a transaction.
			const [, applied] = await migrator.up(config);
			if (applied.length === 0) break;
		}
	} finally {
		await owner.destroy();
	}
}

const APP_RIGHTS = {
	tables: 'select, insert, update, delete',
	sequences: 'usage, select',
	routines: 'execute',
};

// Failures are thrown and told once by the host; knex would also print them.
const silent = {warn() {}, error() {}, deprecate() {}, debug() {}};

interface MigrationFile {
	name: string;
	sql: string;
}

async function migrationFiles(folder: URL): Promise<MigrationFile[]> {
	const path = fileURLToPath(folder);
	const names = (await readdir(path)).filter(name => name.endsWith('.sql')).sort();
	const odd = names.find(name => !FILE_NAME.test(name));
	if (odd !== undefined) throw new Error(`${path}: ${odd} is not named like 0001-what-it-makes.sql`);
	const twice = names.find((name, index) => name.slice(0, 4) === names[index + 1]?.slice(0, 4));
	if (twice !== undefined) throw new Error(`${path}: two files bear the number ${twice.slice(0, 4)}`);
	return Promise.all(
		names.map(async name => ({name, sql: await readFile(new URL(name, `${folder.href.replace(/\/$/, '')}/`), 'utf8')})),
	);
}

const sqlFiles = (files: MigrationFile[]): Knex.MigrationSource<MigrationFile> => ({
	getMigrations: async () => files,
	getMigrationName: file => file.name,
	getMigration: async ({name, sql}) => ({
		async up(tx) {
			// Past knex's own `raw`, which takes every question mark for a place to fill.
			const session = await tx.client.acquireConnection();
			try {
				await session.query(sql);
			} catch (error) {
				throw new Error(`Migration ${name} failed: ${(error as Error).message}`, {cause: error});
			} finally {
				await tx.client.releaseConnection(session);
			}
		},
		async down() {
			throw new Error('Migrations only go forward');
		},
	}),
});
