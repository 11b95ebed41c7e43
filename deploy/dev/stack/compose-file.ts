import {execFile} from 'node:child_process';
import {cp, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {findServer} from '@hearth/servers/find.js';
import {z} from 'zod';

/** The checkout whose files are read. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url));

// What only an engine can do: processes on this machine are no proof of it. It is named here, so that a key which is neither here nor
// below is an error and not something that a test passes over; the values are checked in deploy/test/containers.test.ts.
const engineOnly = {
	build: z.unknown(),
	cap_drop: z.unknown(),
	init: z.unknown(),
	logging: z.unknown(),
	mem_limit: z.unknown(),
	network_mode: z.literal('none'),
	pids_limit: z.unknown(),
	profiles: z.unknown(),
	read_only: z.unknown(),
	restart: z.unknown(),
	security_opt: z.unknown(),
	shm_size: z.unknown(),
};

const words = z
	.array(z.string())
	.nullish()
	.transform(given => given ?? []);
const bind = z.strictObject({
	type: z.literal('bind'),
	source: z.string(),
	target: z.string(),
	read_only: z.boolean().optional(),
	bind: z.strictObject({create_host_path: z.boolean().optional()}).optional(),
});
const volume = z.strictObject({
	type: z.literal('volume'),
	source: z.string(),
	target: z.string(),
	read_only: z.boolean().optional(),
	volume: z.strictObject({nocopy: z.boolean().optional()}).optional(),
});
const healthcheck = z.strictObject({
	test: z.tuple([z.literal('CMD'), z.string()], z.string()),
	interval: z.string().optional(),
	timeout: z.string().optional(),
	start_period: z.string().optional(),
	start_interval: z.string().optional(),
	retries: z.number().optional(),
});
const service = z.strictObject({
	...z.object(engineOnly).partial().shape,
	image: z.string(),
	entrypoint: words,
	command: words,
	environment: z.record(z.string(), z.string()).default({}),
	user: z.string().optional(),
	depends_on: z
		.record(
			z.string(),
			z.strictObject({
				condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
				required: z.literal(true),
			}),
		)
		.default({}),
	healthcheck: z.union([healthcheck, z.strictObject({disable: z.literal(true)})]).optional(),
	networks: z.record(z.string(), z.strictObject({aliases: z.array(z.string()).optional()}).nullable()).default({}),
	ports: z
		.array(
			z.strictObject({
				mode: z.literal('ingress'),
				target: z.number(),
				published: z.string(),
				host_ip: z.string().optional(),
				protocol: z.literal('tcp'),
			}),
		)
		.default([]),
	stop_grace_period: z.string().default('10s'),
	stop_signal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']).optional(),
	tmpfs: words,
	volumes: z.array(z.discriminatedUnion('type', [bind, volume])).default([]),
});
const file = z
	.object({
		name: z.string(),
		services: z.record(z.string(), service),
		networks: z
			.record(
				z.string(),
				z.strictObject({
					name: z.string(),
					internal: z.boolean().optional(),
					ipam: z.strictObject({config: z.array(z.strictObject({subnet: z.string()})).optional()}).optional(),
				}),
			)
			.default({}),
		volumes: z
			.record(
				z.string(),
				z.strictObject({
					name: z.string(),
					// Where the engine keeps it; here it is a folder of the stack's in any case.
					driver_opts: z.record(z.string(), z.string()).optional(),
				}),
			)
			.default({}),
	})
	// Anchors, which say nothing of themselves.
	.catchall(z.unknown())
	.superRefine((given, context) => {
		const known = ['name', 'services', 'networks', 'volumes'];
		for (const key of Object.keys(given)) {
			if (!known.includes(key) && !key.startsWith('x-')) context.addIssue(`${key} is not known to the stack`);
		}
	});

export type ComposeFile = z.output<typeof file>;
export type Service = ComposeFile['services'][string];

/**
 * What the real compose command makes of the files, with `environment` as the `.env` beside compose.yaml and nothing of this
 * process's own. `profiles` are switched on. Throws, naming the key, for anything that the stack would have to pass over.
 */
export async function readCompose(
	files: readonly string[],
	environment: Record<string, string>,
	profiles: readonly string[] = [],
): Promise<ComposeFile> {
	const compose = findServer('docker-compose');
	if (compose === null) {
		throw new Error('There is no docker-compose; get it with: node deploy/dev/servers/get.mjs docker-compose');
	}
	// A folder of its own, since compose reads the .env that lies there: never the one of whoever runs this.
	const folder = await mkdtemp(join(tmpdir(), 'hearth-compose-'));
	try {
		const lines = Object.entries(environment).map(([name, value]) => `${name}='${value.replaceAll("'", "\\'")}'\n`);
		for (const linked of ['nginx', 'cloudflared']) await symlink(join(checkout, linked), join(folder, linked));
		// Copied, so that what deploy/compose.small.yaml calls `..` is this folder too.
		await cp(join(checkout, 'deploy'), join(folder, 'deploy'), {
			recursive: true,
			filter: path => !path.startsWith(join(checkout, 'deploy/dev')) && !/\.(?:ts|js|env)$/.test(path),
		});
		for (const name of files) {
			await mkdir(dirname(join(folder, name)), {recursive: true});
			await cp(join(checkout, name), join(folder, name));
		}
		const settings = join(folder, dirname(files[0] ?? ''), '.env');
		await writeFile(settings, lines.join(''), {mode: 0o600});
		const {stdout} = await promisify(execFile)(
			compose,
			[
				...files.flatMap(name => ['--file', join(folder, name)]),
				...['--env-file', settings],
				...profiles.flatMap(profile => ['--profile', profile]),
				...['config', '--format', 'json'],
			],
			{cwd: folder, env: {PATH: process.env.PATH ?? '', HOME: folder}, maxBuffer: 4_000_000},
		);
		return composeFile(JSON.parse(stdout.replaceAll(folder, checkout.replace(/\/$/, ''))), files.join(' and '));
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

/** What `config` printed, or an error that names each key of it that nothing here is made of. */
export function composeFile(printed: unknown, name: string): ComposeFile {
	const parsed = file.safeParse(printed);
	if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
	return parsed.data;
}

/** The services that another means by a name: of those it shares a network with, the one so called or called so there as well. */
export function namedFor({services}: ComposeFile, asking: string, name: string): string[] {
	const own = Object.keys(services[asking]?.networks ?? {});
	return Object.entries(services).flatMap(([service, {networks}]) => {
		const shared = own.filter(network => network in networks);
		const called = service === name || shared.some(network => networks[network]?.aliases?.includes(name));
		return shared.length > 0 && called ? [service] : [];
	});
}

/** Milliseconds of `1m30s`, as compose writes a duration. */
export function milliseconds(duration: string): number {
	const units: Record<string, number> = {h: 3_600_000, m: 60_000, s: 1000, ms: 1};
	const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
	if (parts.map(([part]) => part).join('') !== duration || parts.length === 0) {
		throw new Error(`${duration} is not a duration`);
	}
	return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? Number.NaN), 0);
}
