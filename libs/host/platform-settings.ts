import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import path from 'node:path';
import {makeFolder} from '@hearth/ports/make-folder.js';
import {StartupError} from '@hearth/ports/startup-error.js';
import {z} from 'zod';
import {createWhole} from './create-whole.js';
import {onOff, type Setting, setting} from './settings.js';

// What the house itself can be told. Plugins declare their own beside their code.

export const port = setting(
	'HEARTH_PORT',
	z.coerce.number({error: 'expected a port, 0–65535'}).int().min(0).max(65_535).default(8080),
	'Port of the web server; 0 takes any free one',
);
export const host = setting(
	'HEARTH_HOST',
	z.string().default('127.0.0.1'),
	'Address the web server listens on; 0.0.0.0 for all',
);
export const dataFolder = setting(
	'HEARTH_DATA',
	z
		.string()
		.default('./data')
		.transform(folder => path.resolve(folder)),
	'Folder of everything the embedded parts keep, the secret key and the setup code',
);
export const databaseUrl = setting(
	'DATABASE_URL',
	z.string().optional(),
	'postgres://user:password@host:5432/database (?password_file=/a/file in place of the password, as in those below); left out: a PostgreSQL of our own in the data folder',
	{
		secret: true,
	},
);
export const cacheUrl = setting(
	'CACHE_URL',
	z.string().optional(),
	'redis://user:password@host:6379 (rediss:// for TLS, ?ca=/file.pem for a certificate of your own); left out: in memory',
	{secret: true},
);
export const busUrl = setting(
	'BUS_URL',
	z.string().optional(),
	'nats://user:password@host:4222 (tls:// for TLS, ?ca=/file.pem; /name after the port where houses share a server); left out: in process',
	{secret: true},
);
export const objectsUrl = setting(
	'OBJECTS_URL',
	z.string().optional(),
	's3://key:secret@host:9000/bucket?region=us-east-1&tls=off (without tls=off it is TLS, ?ca=/file.pem); left out: a folder in the data folder',
	{secret: true},
);
export const secretKey = setting(
	'HEARTH_SECRET_KEY',
	z
		.string()
		.regex(/^(?:[0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i, 'expected 32 bytes as 64 hexadecimal digits or as base64')
		.transform(text => Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')),
	'Seals what is kept secret in the database; left out: made at the first start in <data>/secret.key',
	{secret: true},
);
export const rateLimits = setting('HEARTH_RATE_LIMITS', onOff(true), 'off only for load tests');
export const apiLimit = setting(
	'HEARTH_API_LIMIT',
	z.coerce.number({error: 'expected a number of requests'}).int().min(1).default(600),
	'Requests a minute a user',
);
export const addressLimit = setting(
	'HEARTH_ADDRESS_LIMIT',
	z.coerce.number({error: 'expected a number of requests'}).int().min(1).default(3000),
	'Requests a minute an address without a token that is known to be good: files of the app, what is not there, bad tokens',
);
export const corsOrigins = setting(
	'HEARTH_CORS_ORIGINS',
	z
		.string()
		.default('')
		.transform(list =>
			list
				.split(',')
				.map(origin => origin.trim())
				.filter(Boolean),
		)
		.pipe(
			z.array(
				z.url({protocol: /^https?$/, error: 'expected origins such as https://app.example.org, separated by commas'}),
			),
		),
	'Origins of other web apps that may call the API, separated by commas',
);
export const trustedProxies = setting(
	'HEARTH_TRUSTED_PROXIES',
	z
		.string()
		.default('')
		.transform(list =>
			list
				.split(',')
				.map(range => range.trim())
				.filter(Boolean),
		)
		.pipe(
			z.array(
				z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
					error: 'expected addresses or ranges such as 172.18.0.0/16',
				}),
			),
		),
	'Addresses of reverse proxies whose X-Forwarded-For is believed',
);
export const outsidePlugins = setting(
	'HEARTH_PLUGINS',
	z
		.string()
		.default('')
		.transform(list =>
			list
				.split(',')
				.map(name => name.trim())
				.filter(Boolean),
		),
	'Plugins from outside: folders or package names, separated by commas',
);
export const logLevel = setting(
	'HEARTH_LOG_LEVEL',
	z
		.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
			error: 'expected silent, error, warn, info or debug',
		})
		.default('info'),
	'silent, error, warn, info or debug',
);
export const drainTimeout = setting(
	'HEARTH_DRAIN_SECONDS',
	z.coerce.number({error: 'expected seconds, 1–300'}).min(1).max(300).default(10),
	'Longest wait for requests and jobs in work when stopping',
);

// biome-ignore lint/suspicious/noExplicitAny: settings of every type
export const platformSettings: Setting<any>[] = [
	port,
	host,
	dataFolder,
	databaseUrl,
	cacheUrl,
	busUrl,
	objectsUrl,
	secretKey,
	rateLimits,
	apiLimit,
	addressLimit,
	corsOrigins,
	trustedProxies,
	outsidePlugins,
	logLevel,
	drainTimeout,
];

/** Workers that may compute at once beside the event loop: one core is left to it. */
export const spareCores = Math.max(1, availableParallelism() - 1);

type Environment = Record<string, string | undefined>;

/**
 * The environment with `HEARTH_SECRET_KEY` filled in from `<data>/secret.key`, which is made (0600) where it is not there yet.
 * Throws `StartupError` where the data folder cannot be written.
 */
export function withSecretKey(environment: Environment): Environment {
	if (environment.HEARTH_SECRET_KEY || environment.HEARTH_SECRET_KEY_FILE) return environment;
	const folder = path.resolve(environment.HEARTH_DATA || './data');
	const file = path.join(folder, 'secret.key');
	try {
		makeFolder(folder);
		createWhole(file, `${randomBytes(32).toString('hex')}\n`);
		return {...environment, HEARTH_SECRET_KEY: readFileSync(file, 'utf8').trim()};
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		throw new StartupError(
			`The data folder ${folder} cannot be written (${code}). Make it writable for this account, or set HEARTH_DATA to a folder that is.`,
			{cause: error},
		);
	}
}
