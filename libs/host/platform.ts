import type {Bus} from '@hearth/ports/bus.js';
import type {Database} from '@hearth/ports/database.js';
import {openPorts, type Ports} from '@hearth/ports/open.js';
import type {Logger} from 'pino';
import {ask} from './calls.js';
import {openDb} from './db.js';
import {broadcast} from './events.js';
import {Jobs} from './jobs.js';
import {type Metrics, openMetrics} from './metrics.js';
import {openObjects} from './objects.js';
import {Outbox} from './outbox.js';
import {busUrl, cacheUrl, databaseUrl, dataFolder, objectsUrl, platformSettings} from './platform-settings.js';
import type {Context, Db, Plugin} from './plugin.js';
import {collectionsOf, openRecords, type Records, recordsAdvanced} from './records.js';
import type {Setting, Settings} from './settings.js';

const PLATFORM_MIGRATIONS = new URL('../../migrations/platform/', import.meta.url);
const RECORDS_MIGRATIONS = new URL('../../migrations/records/', import.meta.url);

/** What every plugin of a process stands on. */
export interface Platform {
	ports: Ports;
	log: Logger;
	metrics: Metrics;
	jobs: Jobs;
	outbox: Outbox;
	contextFor: (plugin: string, requestId: string) => Context;
	close: () => Promise<void>;
}

/** Opens the ports, the outbox and the jobs. `guest` joins a running house's database instead of owning it. */
export async function openPlatform(
	settings: Settings,
	log: Logger,
	{
		plugins,
		say,
		now,
		guest,
	}: {plugins: readonly Plugin[]; say: (line: string) => void; now: () => number; guest: boolean},
): Promise<Platform> {
	const metrics = openMetrics();
	const ports = await openPorts({
		database_url: settings.get(databaseUrl),
		cache_url: settings.get(cacheUrl),
		bus_url: settings.get(busUrl),
		objects_url: settings.get(objectsUrl),
		data_folder: settings.get(dataFolder),
		guest,
		say,
		log,
	});
	const outbox = new Outbox(ports.database, ports.bus, log);
	const jobs = new Jobs(ports.database, ports.bus, log, metrics);
	const db = openDb(ports.database, outbox, jobs);
	const shared = {
		db,
		cache: ports.cache,
		objects: openObjects(ports.objects),
		records: openRecords({
			collections: collectionsOf(plugins),
			as: db.as,
			// May be lost: whoever follows a space reads by version, and asks now and then without being told.
			tell: advanced => broadcast(ports.bus, recordsAdvanced, advanced),
			now,
		}),
		settings,
		now,
		bus: ports.bus,
		metrics,
		log,
	};
	return {
		ports,
		log,
		metrics,
		jobs,
		outbox,
		contextFor: (plugin, requestId) => new HandlerContext(shared, plugin, requestId),
		close: async () => {
			jobs.stop();
			await outbox.close();
			await ports.close();
		},
	};
}

interface Shared extends Pick<Context, 'db' | 'cache' | 'objects' | 'records' | 'settings' | 'now' | 'log'> {
	bus: Bus;
	metrics: Metrics;
}

/** What one request, job or event is handled with. Made for each, so it holds little and makes the rest when asked. */
class HandlerContext implements Context {
	readonly #shared: Shared;
	readonly #plugin: string;
	readonly #requestId: string;
	#log: Logger | undefined;

	constructor(shared: Shared, plugin: string, requestId: string) {
		this.#shared = shared;
		this.#plugin = plugin;
		this.#requestId = requestId;
	}

	get db(): Db {
		return this.#shared.db;
	}

	get cache(): Context['cache'] {
		return this.#shared.cache;
	}

	get objects(): Context['objects'] {
		return this.#shared.objects;
	}

	get records(): Records {
		return this.#shared.records;
	}

	get settings(): Settings {
		return this.#shared.settings;
	}

	get now(): () => number {
		return this.#shared.now;
	}

	get log(): Logger {
		this.#log ??= this.#shared.log.child({plugin: this.#plugin, request_id: this.#requestId});
		return this.#log;
	}

	// Handlers take these two out of the context by name, so each is a function that knows its context.
	get call(): Context['call'] {
		const {bus, metrics} = this.#shared;
		return (call, input) => ask(bus, metrics, call, input, this.#requestId);
	}

	get broadcast(): Context['broadcast'] {
		const {bus} = this.#shared;
		return (what, payload) => broadcast(bus, what, payload);
	}
}

/** Brings what every plugin stands on up to date: the house's own tables, then those of records. */
export async function migratePlatform(database: Database): Promise<void> {
	await database.migrate('platform', PLATFORM_MIGRATIONS);
	await database.migrate('records', RECORDS_MIGRATIONS);
}

/** Brings every schema up to date: the platform's first, then each plugin's. Throws at the first that fails. */
export async function migrateAll(plugins: readonly Plugin[], database: Database): Promise<void> {
	await migratePlatform(database);
	for (const {name, migrations} of plugins) if (migrations !== undefined) await database.migrate(name, migrations);
}

/** Every setting of the house and its plugins, each once. */
// biome-ignore lint/suspicious/noExplicitAny: settings of every type
export function declaredSettings(plugins: readonly Plugin[]): Setting<any>[] {
	return [...new Set([...platformSettings, ...plugins.flatMap(({settings = []}) => settings)])];
}
