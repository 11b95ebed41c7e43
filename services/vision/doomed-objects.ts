import type {Context, Transaction} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';

// An object and the row that names it cannot be written together. So an object is doomed before it is put, and spared in the
// transaction that makes it somebody's; one whose row goes is doomed in that transaction. Whatever dies in between, what is left
// over is in this list, and no folder of pictures has to be searched for it.

/** A put of 15 MiB over a slow line, and the transaction after it, have long ended or failed. */
const SWEEP_AFTER = '1 hour';
/** More than one process leaves behind; the rest goes at the start after. */
const SWEEP_BATCH = 500;

export const doom = (sql: Sql, ...object_keys: string[]): Promise<number> =>
	sql.run(
		'insert into vision.doomed_objects (object_key) select unnest($1::text[]) on conflict (object_key) do nothing',
		[object_keys],
	);

export const spare = (tx: Transaction, object_key: string): Promise<number> =>
	tx.run('delete from vision.doomed_objects where object_key = $1', [object_key]);

/**
 * Deletes those of the objects that are doomed still. Throws nothing: what could not be deleted stays in the list. A transaction that
 * spares one and whose outcome is not known holds its row, so this waits for it and then leaves the object alone.
 */
export async function removeDoomed(
	{db, objects, log}: Pick<Context, 'db' | 'objects' | 'log'>,
	object_keys: readonly string[],
): Promise<void> {
	try {
		await db.transaction(async tx => {
			const doomed = await tx.many<{object_key: string}>(
				'delete from vision.doomed_objects where object_key = any($1) returning object_key',
				[object_keys],
			);
			await objects.delete(...doomed.map(({object_key}) => object_key));
		});
	} catch (error) {
		log.warn({err: error, object_keys}, 'pictures could not be removed; tried again at the next start');
	}
}

/** Deletes what a process that died left doomed. */
export async function sweepDoomed(context: Pick<Context, 'db' | 'objects' | 'log'>): Promise<void> {
	const rows = await context.db.many<{object_key: string}>(
		`select object_key from vision.doomed_objects where doomed_at < now() - interval '${SWEEP_AFTER}'
		order by doomed_at limit ${SWEEP_BATCH}`,
	);
	await removeDoomed(
		context,
		rows.map(({object_key}) => object_key),
	);
}
