import {join} from 'node:path';
import type {Bus} from './bus.js';
import type {Cache} from './cache.js';
import type {Database} from './database.js';
import {type DriverOptions, withoutPassword} from './driver.js';
import {openEmbeddedPostgres} from './drivers/embedded-postgres.js';
import {openFolderObjects} from './drivers/folder-objects.js';
import {openInProcessBus} from './drivers/in-process-bus.js';
import {openMemoryCache} from './drivers/memory-cache.js';
import {openNatsBus} from './drivers/nats-bus.js';
import {openPostgres} from './drivers/postgres.js';
import {openRedisCache} from './drivers/redis-cache.js';
import {openS3Objects} from './drivers/s3-objects.js';
import type {Objects} from './objects.js';
import {withPasswordOfFile} from './password-file.js';
import {StartupError} from './startup-error.js';

export interface Ports {
	database: Database;
	cache: Cache;
	bus: Bus;
	objects: Objects;
	/** True where the database is our own and this process its owner: no other process can be working on it. */
	alone: boolean;
	/** Which driver each port got, in the order they were opened. */
	describe(): {port: string; driver: string}[];
	/** Closes them in the reverse order; one that fails does not keep the others open. */
	close(): Promise<void>;
}

export interface PortOptions extends Omit<DriverOptions, 'guest'> {
	database_url?: string | undefined;
	cache_url?: string | undefined;
	bus_url?: string | undefined;
	objects_url?: string | undefined;
	/** True for a command that runs beside a server; default false. */
	guest?: boolean;
}

interface Driver<Port> {
	name: string;
	open(url: string, options: DriverOptions & {database?: Database}): Promise<Port>;
}

// What the scheme of a URL stands for; `embedded` where no URL is given. A further driver is a further line.
const databaseDrivers: Record<string, Driver<Database>> = {
	embedded: {name: 'PostgreSQL of our own', open: (_, options) => openEmbeddedPostgres(options)},
	postgres: {name: 'PostgreSQL', open: (url, {log}) => openPostgres({url, log})},
	postgresql: {name: 'PostgreSQL', open: (url, {log}) => openPostgres({url, log})},
};
const cacheDrivers: Record<string, Driver<Cache>> = {
	embedded: {name: 'memory', open: async () => openMemoryCache()},
	redis: {name: 'Redis', open: (url, {log}) => openRedisCache({url, log})},
	rediss: {name: 'Redis', open: (url, {log}) => openRedisCache({url, log})},
};
const busDrivers: Record<string, Driver<Bus>> = {
	embedded: {
		name: 'in process',
		open: (_, {database, log}) => openInProcessBus({database: database as Database, log}),
	},
	nats: {name: 'NATS', open: (url, {log}) => openNatsBus({url, log})},
	tls: {name: 'NATS', open: (url, {log}) => openNatsBus({url, log})},
};
const objectsDrivers: Record<string, Driver<Objects>> = {
	embedded: {name: 'folder', open: (_, {data_folder}) => openFolderObjects(join(data_folder, 'objects'))},
	s3: {name: 'S3', open: (url, {log}) => openS3Objects({url, log})},
	minio: {name: 'MinIO', open: (url, {log}) => openS3Objects({url, log})},
};

/**
 * Opens the four ports, each by its URL or, without one, by its embedded driver below `data_folder`. Throws `StartupError` where one
 * cannot be opened, after closing those that were.
 */
export async function openPorts({
	database_url,
	cache_url,
	bus_url,
	objects_url,
	guest = false,
	...rest
}: PortOptions): Promise<Ports> {
	const options: DriverOptions = {...rest, guest};
	// Chosen before anything is opened, so that a wrong URL starts nothing.
	const chosen = {
		database: choose(databaseDrivers, 'DATABASE_URL', database_url),
		cache: choose(cacheDrivers, 'CACHE_URL', cache_url),
		bus: choose(busDrivers, 'BUS_URL', bus_url),
		objects: choose(objectsDrivers, 'OBJECTS_URL', objects_url),
	};
	const opened: {port: string; driver: string; close: () => Promise<void>}[] = [];

	async function open<Port extends {close(): Promise<void>}>(
		port: keyof typeof chosen,
		{driver, url}: {driver: Driver<Port>; url: string},
		more?: {database: Database},
	): Promise<Port> {
		const made = await driver.open(url, {...options, ...more});
		opened.push({port, driver: driver.name, close: () => made.close()});
		return made;
	}
	async function close() {
		const failures: unknown[] = [];
		for (const {close: closeOne} of opened.splice(0).reverse()) {
			try {
				await closeOne();
			} catch (error) {
				failures.push(error);
			}
		}
		if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed');
	}

	try {
		const database = await open('database', chosen.database);
		const cache = await open('cache', chosen.cache);
		const objects = await open('objects', chosen.objects);
		const bus = await open('bus', chosen.bus, {database});
		const alone = database_url === undefined && !guest;
		return {
			database,
			cache,
			bus,
			objects,
			alone,
			describe: () => opened.map(({port, driver}) => ({port, driver})),
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

function choose<Port>(
	drivers: Record<string, Driver<Port>>,
	setting: string,
	url: string | undefined,
): {driver: Driver<Port>; url: string} {
	if (url === undefined) return {driver: drivers.embedded as Driver<Port>, url: ''};
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? '';
	const driver = scheme !== 'embedded' && Object.hasOwn(drivers, scheme) ? drivers[scheme] : undefined;
	if (driver) return {driver, url: withPasswordOfFile(setting, url)};
	const known = Object.keys(drivers).filter(name => name !== 'embedded');
	throw new StartupError(
		`${setting} is ${withoutPassword(url)}: expected ${
			known.length === 0 ? '' : `a URL that begins with ${known.map(name => `${name}://`).join(' or ')}, or `
		}nothing, for the one that Hearth brings along.`,
	);
}
