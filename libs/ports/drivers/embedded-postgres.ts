import {join} from 'node:path';
import type {Database} from '../database.js';
import type {DriverOptions} from '../driver.js';
import {openServer, type ServerOptions} from './embedded-postgres/server.js';
import {openPostgres} from './postgres.js';

/** A PostgreSQL of our own below `<data_folder>/postgres`, and its database. Throws `StartupError` where it cannot run. */
export async function openEmbeddedPostgres(
	{data_folder, guest, say, log}: DriverOptions,
	special: Omit<ServerOptions, 'folder' | keyof DriverOptions> = {},
): Promise<Database> {
	const server = await openServer({folder: join(data_folder, 'postgres'), guest, say, log, ...special});
	let database: Database;
	try {
		database = await openPostgres({
			url: server.url,
			log,
			// A failure is in the log, and the next loss asks again.
			onLost: () => void server.ensureRunning().catch(() => {}),
		});
	} catch (error) {
		await server.stop();
		throw error;
	}
	return {
		...database,
		async close() {
			await database.close();
			await server.stop();
		},
	};
}
