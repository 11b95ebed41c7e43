import {execFile} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseEnv, promisify} from 'node:util';
import {findServer, type ServerName} from '@hearth/servers/find.js';
import {makeCluster} from './cluster.js';
import {checkout} from './compose-file.js';
import type {Container} from './container.js';
import {readImage} from './image.js';

/** How a container's process is started on this machine. */
export interface Launch {
	program: string;
	args: string[];
	/** All of it: nothing of this process's own is passed on but PATH. */
	environment: Record<string, string>;
	folder: string;
	/** What the image is stopped with, unless compose.yaml says otherwise. */
	stopSignal: NodeJS.Signals;
	/** The image's own health check. */
	health?: string[];
}

type Program = (container: Container, nameServer: string) => Promise<Launch>;

/** What stands for an image: the program that is in it, here. By repository; the tag is the engine's business. */
const programs: Record<string, Program> = {
	hearth,
	nginx,
	postgres,
	redis,
	nats,
	'quay.io/minio/minio': minio,
	'hearth-garage': garage,
	'cloudflare/cloudflared': cloudflared,
};

/** Throws for an image that nothing stands for. */
export function launchOf(container: Container, nameServer: string): Promise<Launch> {
	const repository = container.described.image.replace(/:[^:/]*$/, '');
	const program = Object.hasOwn(programs, repository) ? programs[repository] : undefined;
	if (program === undefined) throw new Error(`Nothing here stands for the image ${container.described.image}`);
	return program(container, nameServer);
}

async function hearth({described, environment, address, port, here}: Container): Promise<Launch> {
	const image = readImage();
	const [node, ...args] = [
		...(described.entrypoint.length > 0 ? described.entrypoint : image.entrypoint),
		...(described.command.length > 0 ? described.command : image.command).map(here),
	];
	if (node !== 'node') throw new Error(`An image of ours starts node, not ${node}`);
	const given = {...image.environment, ...environment};
	return {
		program: process.execPath,
		args,
		environment: {
			...notOfThisCheckout(),
			...given,
			// It listens on the address that the container would have, not on all of this machine's.
			HEARTH_HOST: address,
			HEARTH_PORT: String(port(Number(given.HEARTH_PORT || 8080))),
		},
		folder: checkout,
		stopSignal: 'SIGTERM',
		health: image.health,
	};
}

/** The `.env` of whoever runs this is in the checkout and not in the image: each of its names is given as empty, which is as if not given. */
function notOfThisCheckout(): Record<string, string> {
	return Object.fromEntries(
		[join(checkout, '.env')]
			.filter(file => existsSync(file))
			.flatMap(file => Object.keys(parseEnv(readFileSync(file, 'utf8'))))
			.map(name => [name, '']),
	);
}

async function nginx(container: Container, nameServer: string): Promise<Launch> {
	const {described, address, port, path, folder} = container;
	const words = [...described.entrypoint, ...described.command];
	if (words.join(' ') !== 'nginx -g daemon off;') throw new Error(`nginx by ${words.join(' ')} is not known`);
	refuseOthers(container, []);
	const program = pathOf('nginx');
	const withPorts = (text: string) =>
		text.replaceAll(/\b(?:8080|8081|8443)\b/g, inside => String(port(Number(inside))));
	const upstreams = join(folder, 'upstreams');
	await mkdir(upstreams, {recursive: true});
	if (await keepsUpstreamsByName(program)) {
		const mounted = path('/etc/nginx/upstreams');
		for (const name of await readdir(mounted)) {
			await writeFile(join(upstreams, name), withPorts(await readFile(join(mounted, name), 'utf8')));
		}
	}
	const text = withPorts(await readFile(path('/etc/nginx/nginx.conf'), 'utf8'))
		.replaceAll(/(?<=\s)\/tmp(?=\/)/g, path('/tmp'))
		.replaceAll('/etc/nginx/upstreams', upstreams)
		.replaceAll('/etc/nginx/tls', path('/etc/nginx/tls'))
		.replace(/(?<=\n\s*resolver )\S+/, nameServer)
		.replaceAll(/(?<=\n\s*listen )(?=\d)/g, `${address}:`);
	const file = join(folder, 'nginx.conf');
	await writeFile(file, text);
	return {
		program,
		args: ['-p', folder, '-c', file, '-g', 'daemon off;'],
		environment: {},
		folder,
		stopSignal: 'SIGQUIT',
	};
}

/** From 1.27.3 on, as in the image; Debian's is older, and does without what is in nginx/upstreams. */
async function keepsUpstreamsByName(program: string): Promise<boolean> {
	const {stderr} = await promisify(execFile)(program, ['-v']);
	const [major = 0, minor = 0, patch = 0] = (/\/(\d+)\.(\d+)\.(\d+)/.exec(stderr)?.slice(1) ?? []).map(Number);
	return major > 1 || minor > 27 || (minor === 27 && patch >= 3);
}

async function postgres(container: Container): Promise<Launch> {
	const {described, address, port, path} = container;
	refuseOthers(container, ['POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_PASSWORD_FILE', 'POSTGRES_INITDB_ARGS']);
	const [word = 'postgres', ...args] = [...described.entrypoint, ...described.command];
	if (word !== 'postgres') throw new Error(`postgres by ${word} is not known`);
	const program = pathOf('postgres');
	const data = path('/var/lib/postgresql/18/docker');
	if (!existsSync(join(data, 'PG_VERSION'))) await makeCluster(container, program, data);
	return {
		program,
		args: [...args, '-D', data, '-h', address, '-p', String(port(5432)), '-k', ''],
		environment: {},
		folder: data,
		stopSignal: 'SIGINT',
	};
}

async function redis(container: Container): Promise<Launch> {
	const {described, address, port, path, here} = container;
	refuseOthers(container, []);
	const [word = 'redis-server', ...args] = [...described.entrypoint, ...described.command];
	if (word !== 'redis-server') throw new Error(`redis by ${word} is not known`);
	return {
		program: pathOf('redis-server'),
		args: [...args.map(here), '--bind', address, '--port', String(port(6379))],
		environment: {},
		folder: path('/data'),
		stopSignal: 'SIGTERM',
	};
}

async function nats(container: Container): Promise<Launch> {
	const {described, address, port, path, here, folder} = container;
	refuseOthers(container, []);
	const [flag, config = '', ...rest] = [...described.entrypoint, ...described.command];
	if (flag !== '--config' || rest.length > 0) throw new Error(`nats by ${flag} is not known`);
	const file = join(folder, 'nats.conf');
	const text = (await readFile(path(config), 'utf8'))
		.replace(/(?<=^http_port: )\d+$/m, number => String(port(Number(number))))
		.replaceAll(/(?<=store_dir: )\S+/g, here);
	await writeFile(file, text);
	return {
		program: pathOf('nats-server'),
		args: ['--config', file, '--addr', address, '--port', String(port(4222))],
		environment: {},
		folder,
		stopSignal: 'SIGTERM',
	};
}

async function minio(container: Container): Promise<Launch> {
	const {described, environment, address, port, path, folder} = container;
	const [server, data = '', ...rest] = [...described.entrypoint, ...described.command];
	if (server !== 'server' || rest.length > 0) throw new Error(`minio by ${server} is not known`);
	return {
		program: pathOf('minio'),
		args: ['server', '--address', `${address}:${port(9000)}`, path(data)],
		environment,
		folder,
		stopSignal: 'SIGTERM',
	};
}

async function garage({described, environment, address, port, path, here, folder}: Container): Promise<Launch> {
	const [shell = '', ...args] = [...described.entrypoint, ...described.command];
	const file = join(folder, 'garage.toml');
	const settings = await readFile(path('/etc/garage.toml'), 'utf8');
	await writeFile(
		file,
		settings
			.replaceAll(/(?<=_dir = ")[^"]+/g, path)
			.replaceAll(/(?<=_addr = ")[^":]+/g, address)
			// Its other port is asked by its own health check alone, at an address that nobody else has.
			.replace(':9000"', `:${port(9000)}"`),
	);
	return {
		program: shell,
		args: args.map(here),
		environment: {
			...environment,
			GARAGE_CONFIG_FILE: file,
			PATH: `${join(pathOf('garage'), '..')}:${process.env.PATH}`,
		},
		folder,
		stopSignal: 'SIGTERM',
	};
}

async function cloudflared({described, environment, here, folder}: Container): Promise<Launch> {
	return {
		program: pathOf('cloudflared'),
		args: [...described.entrypoint, ...described.command].map(here),
		environment,
		folder,
		stopSignal: 'SIGTERM',
	};
}

/** An image that reads other variables than these would be told something that nobody here heeds. */
function refuseOthers({service, environment}: Container, known: readonly string[]): void {
	const other = Object.keys(environment).filter(name => !known.includes(name));
	if (other.length > 0) throw new Error(`${service} is told ${other.join(', ')}, which the stack does not know`);
}

export function pathOf(name: ServerName): string {
	const path = findServer(name);
	if (path === null) throw new Error(`There is no ${name}; get it with: node deploy/dev/servers/get.mjs ${name}`);
	return path;
}
