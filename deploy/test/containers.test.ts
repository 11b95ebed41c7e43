import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {parse} from 'yaml';
import {z} from 'zod';
import {checkout} from './running.js';

// What can be said of the containers without an engine: that the files parse, and that what they name is there.

const service = z.object({
	image: z.string(),
	build: z.object({context: z.string(), dockerfile: z.string()}).optional(),
	command: z.array(z.string()).optional(),
	environment: z.record(z.string(), z.string()).default({}),
	volumes: z.array(z.string()).default([]),
	ports: z.array(z.string()).default([]),
	depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(Object.keys)]).default([]),
	healthcheck: z.object({test: z.tuple([z.literal('CMD')], z.string())}).optional(),
	mem_limit: z.string(),
	read_only: z.literal(true),
	cap_drop: z.tuple([z.literal('ALL')]),
	security_opt: z.array(z.string()),
});
const compose = z.object({services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown())});

const read = (file: string) => readFileSync(join(checkout, file), 'utf8');
const FILES = ['compose.yaml', 'deploy/compose.small.yaml'];
const load = (file: string) => compose.parse(parse(read(file), {merge: true}));
const ours = (file: string) => Object.entries(load(file).services).filter(([, {build}]) => build !== undefined);
const plugins = readdirSync(join(checkout, 'services')).filter(name =>
	existsSync(join(checkout, 'services', name, 'plugin.ts')),
);

for (const file of FILES) {
	test(`${file} names only files, volumes and services that there are`, t => {
		const {services, volumes} = load(file);
		for (const [name, {build, volumes: mounts, depends_on}] of Object.entries(services)) {
			for (const needed of depends_on) t.true(needed in services, `${name} needs ${needed}`);
			for (const [source = ''] of mounts.map(mount => mount.split(':'))) {
				t.true(
					source.startsWith('.') ? existsSync(join(checkout, dirname(file), source)) : source in volumes,
					`${name} mounts ${source}`,
				);
			}
			if (build !== undefined) t.true(existsSync(join(checkout, dirname(file), build.context, build.dockerfile)), name);
		}
	});

	test(`every variable of ${file} is explained in .env.example`, t => {
		const variables = [...read(file).matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
		t.not(variables.length, 0);
		for (const name of variables) t.regex(read('.env.example'), new RegExp(`^#${name}=`, 'm'));
	});

	test(`${file} publishes one port, of one container`, t => {
		const published = Object.values(load(file).services).flatMap(({ports}) => ports);
		t.is(published.length, 1);
		t.regex(published[0] ?? '', /^\$\{HEARTH_PUBLISH:-8080\}:8080$/);
	});
}

test('each plugin has a container that runs it and nothing else', t => {
	const commands = ours('compose.yaml').map(([name, {command}]) => [name, command]);
	t.deepEqual(commands.sort(), plugins.map(name => [name, ['serve', name]]).sort());
});

test('what a container is told by its environment are settings of Hearth', t => {
	const known = new Set([...read('.env.example').matchAll(/^#(\w+)=/gm)].map(([, name]) => name));
	for (const [name, {environment}] of FILES.flatMap(ours)) {
		for (const setting of Object.keys(environment)) t.true(known.has(setting), `${name}: ${setting}`);
	}
});

test('a part without a health check of its own has the one of the image', t => {
	const image = read('deploy/Dockerfile');
	t.regex(image, /^HEALTHCHECK .* CMD \["node", "deploy\/ready\.mjs"\]$/m);
	t.true(existsSync(join(checkout, 'deploy/ready.mjs')));
	const without = Object.entries(load('compose.yaml').services).filter(
		([, {build, healthcheck}]) => !build && !healthcheck,
	);
	// The tunnel's image holds one program and nothing to ask with.
	t.deepEqual(
		without.map(([name]) => name),
		['cloudflared'],
	);
});

test('everything that the image copies is let through to its build', t => {
	const allowed = read('deploy/Dockerfile.dockerignore')
		.split('\n')
		.filter(line => line.startsWith('!'))
		.map(line => line.slice(1));
	for (const path of allowed) t.true(existsSync(join(checkout, path)), path);
	t.true(
		[
			'package.json',
			'pnpm-lock.yaml',
			'pnpm-workspace.yaml',
			'tsconfig.json',
			'libs/',
			'services/',
			'migrations/',
		].every(path => allowed.includes(path)),
	);
});

test('.env.example names exactly the settings that there are, and those of the containers', t => {
	const example = execFileSync(process.execPath, [join(checkout, 'libs/host/hearth.js'), 'settings', '--example'], {
		encoding: 'utf8',
		cwd: checkout,
	});
	const names = (text: string) => [...text.matchAll(/^#(\w+)=/gm)].map(([, name]) => name);
	const [hearth = ''] = read('.env.example').split('# ---- Containers');
	// By name: a default may depend on the machine, such as on its cores.
	t.deepEqual(names(hearth), names(example), 'make it anew: npm run hearth -- settings --example');
});
