import {whereIs} from './where.mjs';

/** The programs that `get.mjs` knows; the same names as in `programs.json`, which a test compares. */
export const serverNames = [
	'postgres',
	'redis-server',
	'nginx',
	'nginx-mainline',
	'chromium',
	'nats-server',
	'docker-compose',
	'toxiproxy-server',
	'minio',
	'cloudflared',
	'garage',
] as const;
export type ServerName = (typeof serverNames)[number];

/**
 * The path of a real program, or null where there is none: in the folder that `get.mjs` fills, on the PATH, or where Debian puts
 * it. `postgres` is always Debian's 15.
 */
export function findServer(name: ServerName): string | null {
	return whereIs(name);
}
