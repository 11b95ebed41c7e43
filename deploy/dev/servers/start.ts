import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {findServer, type ServerName} from './find.js';
import {type RealServer, startServer} from './server-process.js';
import type {SmallDisk} from './small-disk.js';

export type {RealServer} from './server-process.js';

// All of these listen on the loopback interface alone, and but for Garage none on more than the one port that its URL names.

/** Redis, which keeps what it has acknowledged through a kill. Without a password unless one is given. */
export function startRedis({password}: {password?: string} = {}): Promise<RealServer> {
	return startServer(
		async (port, folder) => {
			const file = join(folder, 'redis.conf');
			// Quoted, so that a password may hold spaces; JSON's escapes are Redis's.
			const secret = password === undefined ? '' : `requirepass ${JSON.stringify(password)}\n`;
			await writeFile(
				file,
				`bind 127.0.0.1\nport ${port}\ndir ${JSON.stringify(folder)}\nsave ""\nappendonly yes\n${secret}`,
				{
					mode: 0o600,
				},
			);
			return {program: 'redis-server', args: [file], ready: printed => printed.includes('Ready to accept connections')};
		},
		port => `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
	);
}

/** NATS. With `jetstream` its streams are files in `store`, a folder that the caller keeps, on `disk`, or in a folder of its own. */
export function startNats({
	jetstream = true,
	disk,
	store = disk?.folder,
}: {
	jetstream?: boolean;
	disk?: SmallDisk;
	store?: string;
} = {}): Promise<RealServer> {
	return startServer(
		(port, folder) => {
			const streams = jetstream ? ['--jetstream', '--store_dir', store ?? join(folder, 'jetstream')] : [];
			return {
				program: 'nats-server',
				prefix: disk?.prefix,
				args: ['--addr', '127.0.0.1', '--port', String(port), ...streams],
				ready: printed => printed.includes('Server is ready'),
			};
		},
		port => `nats://127.0.0.1:${port}`,
	);
}

/** An object store that speaks S3, for path-style addresses. `url` is http, without the keys. */
export interface ObjectStore extends RealServer {
	readonly program: 'minio' | 'garage';
	readonly access_key: string;
	readonly secret_key: string;
	readonly region: 'us-east-1';
}

const STORE = {access_key: 'hearth-house', region: 'us-east-1'} as const;

/** MinIO, empty: it holds no bucket yet. With `disk` its objects are there, where they may find no room. */
export async function startMinio({disk}: {disk?: SmallDisk} = {}): Promise<ObjectStore> {
	const secret_key = randomBytes(16).toString('hex');
	const url = (port: number) => `http://127.0.0.1:${port}`;
	const server = await startServer(
		(port, folder) => ({
			program: 'minio',
			prefix: disk?.prefix,
			args: ['server', '--address', `127.0.0.1:${port}`, '--certs-dir', join(folder, 'certificates')].concat(
				disk?.folder ?? join(folder, 'objects'),
			),
			env: {
				MINIO_ROOT_USER: STORE.access_key,
				MINIO_ROOT_PASSWORD: secret_key,
				MINIO_UPDATE: 'off',
				MINIO_BROWSER: 'off',
			},
			ready: () => answers(`${url(port)}/minio/health/ready`, 200),
		}),
		url,
	);
	return {...server, ...STORE, secret_key, program: 'minio'};
}

/** Garage with the settings of deploy/compose.garage.yaml. It holds the bucket `hearth`, and its key may make more. */
export async function startGarage(): Promise<ObjectStore> {
	const secret_key = randomBytes(16).toString('hex');
	const url = (port: number) => `http://127.0.0.1:${port}`;
	const server = await startServer(async (port, folder) => {
		const file = join(folder, 'garage.toml');
		const settings = await readFile(new URL('../../garage.toml', import.meta.url), 'utf8');
		await writeFile(
			file,
			settings
				.replaceAll('/var/lib/garage', folder)
				.replace('0.0.0.0:9000', `127.0.0.1:${port}`)
				// Nobody asks there, so any will do.
				.replaceAll('127.0.0.1:3901', '127.0.0.1:0'),
			{mode: 0o600},
		);
		return {
			program: 'garage',
			args: ['--config', file, 'server', '--single-node', '--default-bucket'],
			env: {
				GARAGE_DEFAULT_ACCESS_KEY: STORE.access_key,
				GARAGE_DEFAULT_SECRET_KEY: secret_key,
				GARAGE_DEFAULT_BUCKET: 'hearth',
			},
			// Who has no key is refused: it is up.
			ready: () => answers(`${url(port)}/`, 403),
		};
	}, url);
	return {...server, ...STORE, secret_key, program: 'garage'};
}

/** Toxiproxy. `url` is its API's, by which proxies are made; they are gone when it stops. */
export function startToxiproxy(): Promise<RealServer> {
	const url = (port: number) => `http://127.0.0.1:${port}`;
	return startServer(
		port => ({
			program: 'toxiproxy-server',
			args: ['-host', '127.0.0.1', '-port', String(port)],
			ready: () => answers(`${url(port)}/version`, 200),
		}),
		url,
	);
}

/**
 * PostgreSQL 15, empty; `url` is a superuser's. As root, which a small disk makes of everybody, it runs in a user namespace, since it
 * refuses to be root.
 */
export async function startPostgres15({disk}: {disk?: SmallDisk} = {}): Promise<RealServer> {
	const password = randomBytes(16).toString('hex');
	const nobody = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];
	const prefix = disk !== undefined ? [...disk.prefix, ...nobody] : process.getuid?.() === 0 ? nobody : [];
	return startServer(
		async (port, folder) => {
			const data = join(disk?.folder ?? folder, `data-${port}`);
			await makeCluster(prefix, folder, data, password);
			return {
				program: 'postgres' as const,
				prefix,
				// fsync guards against a loss of power, not against a kill of the process.
				args: [
					'-D',
					data,
					'-p',
					String(port),
					'-h',
					'127.0.0.1',
					'-k',
					'',
					'-c',
					'fsync=off',
					'-c',
					'max_connections=200',
				],
				ready: printed => printed.includes('database system is ready to accept connections'),
				// Does not wait for clients to leave by themselves, as SIGTERM would.
				stopSignal: 'SIGINT' as const,
			};
		},
		port => `postgres://admin:${password}@127.0.0.1:${port}/postgres`,
	);
}

async function makeCluster(prefix: string[], folder: string, data: string, password: string): Promise<void> {
	const file = join(folder, 'password');
	await writeFile(file, password, {mode: 0o600});
	const initdb = join(dirname(pathOf('postgres')), 'initdb');
	const [command = initdb, ...args] = [...prefix, initdb];
	await promisify(execFile)(
		command,
		[
			...args,
			'-D',
			data,
			'-U',
			'admin',
			'-A',
			'scram-sha-256',
			'-E',
			'UTF8',
			'--locale=C.UTF-8',
			'--no-sync',
			`--pwfile=${file}`,
		],
		{cwd: '/'},
	);
}

function pathOf(name: ServerName): string {
	const path = findServer(name);
	if (path === null)
		throw new Error(`There is no ${name} on this machine; get it with: node deploy/dev/servers/get.mjs ${name}`);
	return path;
}

/** Whether the address answers with this status within a second. */
async function answers(url: string, status: number): Promise<boolean> {
	try {
		const response = await fetch(url, {signal: AbortSignal.timeout(1000)});
		await response.body?.cancel();
		return response.status === status;
	} catch {
		return false; // nothing listens yet
	}
}
