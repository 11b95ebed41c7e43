import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {leftOut} from '../../libs/ports/contract/left-out.js';
import {findServer} from '../dev/servers/find.js';
import {programs} from '../dev/servers/where.mjs';
import {type ComposeFile, milliseconds, namedFor, readCompose, type Service} from '../dev/stack/compose-file.js';
import {checkout} from './running.js';

// What can be said of the containers without an engine: what the real compose command makes of the files, and that it is as it must
// be. That it works is shown in deploy/dev/stack, which starts it as processes.

const read = (file: string) => readFileSync(join(checkout, file), 'utf8');
// As with `docker compose -f`, one laid over the other where there are two.
const SMALL = 'deploy/compose.small.yaml';
const FILES = ['compose.yaml', SMALL, 'compose.yaml deploy/compose.garage.yaml'];
// Everything is switched on, also what only a profile starts.
const load = (file: string, environment: Record<string, string> = {}) =>
	readCompose(file.split(' '), environment, ['*']);
const isOurs = ({image}: Service) => image.startsWith('hearth:');
const ours = ({services}: ComposeFile) => Object.entries(services).filter(([, service]) => isOurs(service));
const plugins = readdirSync(join(checkout, 'services')).filter(name =>
	existsSync(join(checkout, 'services', name, 'plugin.ts')),
);

if (findServer('docker-compose') === null) leftOut(test, 'the compose files', 'there is no docker-compose');
else {
	for (const file of FILES) {
		test(`${file} is taken by compose without any setting`, async t => {
			const {services} = await load(file);
			t.not(Object.keys(services).length, 0);
		});

		test(`every container of ${file} runs with no more than it needs`, async t => {
			const {services} = await load(file);
			for (const [name, service] of Object.entries(services)) {
				t.like(
					service,
					{read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], init: true, user: '1000:1000'},
					name,
				);
				t.true(Number(service.mem_limit) >= 64 << 20 && Number(service.mem_limit) <= 1536 << 20, `${name} has a limit`);
				t.true(Number(service.pids_limit) <= 512, name);
				t.is(service.restart, name === 'prepare' ? 'no' : 'unless-stopped', name);
				t.deepEqual(service.logging, {options: {'max-size': '10m', 'max-file': '3'}}, name);
			}
		});

		test(`the account of every container of ${file} is one setting`, async t => {
			const {services} = await load(file, {HEARTH_USER: '568:568'});
			for (const [name, {user}] of Object.entries(services)) t.is(user, '568:568', name);
		});

		test(`every container of ${file} has a health check, which is no shell's`, async t => {
			const {services} = await load(file);
			for (const [name, {image, healthcheck}] of Object.entries(services)) {
				if (name === 'prepare') t.deepEqual(healthcheck, {disable: true});
				else if (healthcheck === undefined) t.true(image.startsWith('hearth:'), `${name} has that of our image`);
				else t.true('test' in healthcheck && !['sh', 'bash'].includes(healthcheck.test[1]), name);
			}
			t.regex(read('deploy/Dockerfile'), /^HEALTHCHECK .* CMD \["node", "deploy\/ready\.mjs"\]$/m);
		});

		test(`${file} publishes no more than the one door, which needs no rights and may be moved`, async t => {
			const published = async (environment: Record<string, string>) =>
				Object.entries((await load(file, environment)).services).flatMap(([name, {ports}]) =>
					ports.map(({published: outside, target, host_ip}) => ({name, outside, target, host_ip})),
				);
			const name = file === SMALL ? 'hearth' : 'nginx';
			const tls = {name, outside: '8443', target: 8443, host_ip: undefined};
			const also = (port: typeof tls) => (file === SMALL ? [] : [port]);
			t.deepEqual(await published({}), [{name, outside: '8080', target: 8080, host_ip: undefined}, ...also(tls)]);
			t.deepEqual(await published({HEARTH_PUBLISH: '127.0.0.1:9000', HEARTH_PUBLISH_TLS: '443'}), [
				{name, outside: '9000', target: 8080, host_ip: '127.0.0.1'},
				...also({...tls, outside: '443'}),
			]);
		});

		test(`${file} pins what is not ours, and mounts only what there is`, async t => {
			const {services, volumes} = await load(file);
			for (const [name, {image, volumes: mounts}] of Object.entries(services)) {
				if (!image.startsWith('hearth:')) t.regex(image, /:[^:]*\d[^:]*$/, `${name} has a version`);
				for (const {type, source} of mounts) {
					t.true(type === 'bind' ? existsSync(source) : source in volumes, `${name} mounts ${source}`);
				}
			}
		});

		test(`what .env says reaches the house of ${file}, but not over what the containers are made for`, async t => {
			const said = {
				HEARTH_REGISTRATION: 'closed',
				HEARTH_PORT: '9999',
				HEARTH_HOST: '127.0.0.1',
				HEARTH_DATA: './data',
			};
			for (const [name, {command, environment}] of ours(await load(file, said))) {
				if (command[0] === 'secrets') continue;
				t.is(environment.HEARTH_REGISTRATION, 'closed', name);
				t.like(environment, {HEARTH_PORT: '8080', HEARTH_HOST: '0.0.0.0'}, name);
				t.not(environment.HEARTH_DATA, './data', name);
			}
		});

		test(`a part of ${file} has longer to stop than it takes to drain`, async t => {
			const drain_ms = 1000 * Number(/^#HEARTH_DRAIN_SECONDS=(\d+)$/m.exec(read('.env.example'))?.[1]);
			for (const [name, {command, stop_grace_period}] of ours(await load(file))) {
				if (command[0] !== 'secrets') t.true(milliseconds(stop_grace_period) >= 2 * drain_ms, name);
			}
		});

		test(`every variable of ${file} is explained in .env.example`, t => {
			const variables = [
				...file
					.split(' ')
					.map(read)
					.join()
					.matchAll(/\$\{(\w+)/g),
			].map(([, name]) => name);
			t.not(variables.length, 0);
			for (const name of variables) t.regex(read('.env.example'), new RegExp(`^#${name}=`, 'm'));
		});
	}

	test('deploy/compose.folders.yaml keeps everything that stays below one folder, and asks for it', async t => {
		const files = ['compose.yaml', 'deploy/compose.folders.yaml'];
		await t.throwsAsync(() => readCompose(files, {}), {message: /set HEARTH_FOLDER in \.env/});
		const said = {HEARTH_FOLDER: '/mnt/tank/hearth'};
		const {volumes, services} = await readCompose(files, said);
		for (const [name, {driver_opts}] of Object.entries(volumes)) {
			t.deepEqual(driver_opts, {type: 'none', o: 'bind', device: `/mnt/tank/hearth/${name}`});
		}
		t.deepEqual(services, (await readCompose(['compose.yaml'], said)).services);
	});

	test('each plugin is served by one container, which nginx finds by the name of the plugin', async t => {
		const compose = await load('compose.yaml');
		const served = ours(compose).flatMap(
			([
				name,
				{
					command: [serve, ...names],
				},
			]) => (serve === 'serve' ? names.map(plugin => ({plugin, name})) : []),
		);
		t.deepEqual(served.map(({plugin}) => plugin).sort(), plugins);
		for (const {plugin, name} of served) t.deepEqual(namedFor(compose, 'nginx', plugin), [name]);
	});

	test('only the services reach the servers, and only nginx and the tunnel reach out', async t => {
		const {services, networks} = await load('compose.yaml');
		const on = (network: string) =>
			Object.entries(services)
				.filter(([, service]) => network in service.networks)
				.map(([name]) => name)
				.sort();
		const house = ours(await load('compose.yaml'))
			.filter(([, {command}]) => command[0] === 'serve')
			.map(([name]) => name)
			.sort();
		t.deepEqual(on('objects'), [...house, 'minio'].sort());
		t.deepEqual(on('data'), [...house, 'postgres', 'redis', 'nats'].sort());
		t.deepEqual(on('services'), [...house, 'nginx'].sort());
		t.deepEqual(on('outside'), ['cloudflared', 'nginx']);
		t.deepEqual(
			Object.keys(networks).filter(name => networks[name]?.internal !== true),
			['outside'],
		);
		t.is(services.prepare?.network_mode, 'none');
	});

	test('no secret is in compose.yaml or in an environment, and each reaches only those who need it', async t => {
		const {services} = await load('compose.yaml');
		for (const [name, {environment}] of Object.entries(services)) {
			for (const [variable, value] of Object.entries(environment)) {
				t.false(/:\/\/[^@/]*:[^@/]+@/.test(value), `${name}: ${variable} holds a password`);
				// The tunnel's token is not ours to make.
				if (/PASSWORD|SECRET|KEY|TOKEN/.test(variable) && variable !== 'TUNNEL_TOKEN') t.regex(variable, /_FILE$/);
			}
		}
		const holders = (volume: string) =>
			Object.entries(services)
				.filter(([, {volumes}]) => volumes.some(({source}) => source === volume))
				.map(([name]) => name)
				.filter(name => !plugins.includes(name));
		t.deepEqual(holders('database-password'), ['postgres', 'prepare']);
		t.deepEqual(holders('objects-password'), ['minio', 'prepare']);
		t.deepEqual(holders('house-key'), ['prepare']);
		for (const [name, {volumes}] of Object.entries(services)) {
			for (const {source, read_only} of volumes) {
				if (/-password$|-key$/.test(source)) t.is(read_only === true, name !== 'prepare', `${name} reads ${source}`);
			}
		}
	});

	test('Garage takes the place of MinIO with its own volume, and everything else stays as it is', async t => {
		const [before, after] = [await load('compose.yaml'), await load('compose.yaml deploy/compose.garage.yaml')];
		const {minio: old, prepare: _, ...same} = before.services;
		const {minio: store, prepare: __, ...others} = after.services;
		t.deepEqual(others, same);
		t.is(store?.image, 'hearth-garage:v2.4.1');
		t.deepEqual(
			Object.keys(store?.environment ?? {}).filter(name => /MINIO|SECRET|PASSWORD/.test(name)),
			[],
		);
		t.deepEqual(
			store?.volumes.filter(({type}) => type === 'volume').map(({source}) => source),
			['garage', 'objects-password'],
		);
		// Whoever asks it by the URL of every service is let in by the key that it is made with.
		const {OBJECTS_URL = ''} = after.services.food?.environment ?? {};
		const {GARAGE_DEFAULT_ACCESS_KEY = '', GARAGE_DEFAULT_BUCKET = ''} = store?.environment ?? {};
		t.is(new URL(OBJECTS_URL).username, GARAGE_DEFAULT_ACCESS_KEY);
		t.is(new URL(OBJECTS_URL).pathname, `/${GARAGE_DEFAULT_BUCKET}`);
		t.regex(read('deploy/garage.toml'), /^api_bind_addr = "0\.0\.0\.0:9000"$/m);
		t.is(new URL(OBJECTS_URL).port, '9000');
		// What tests run is what the image holds.
		t.regex(read('deploy/compose.garage.yaml'), new RegExp(`FROM dxflrs/garage:v${programs.garage?.pin} `));
		t.is(old?.environment.MINIO_ROOT_USER, 'hearth-house');
	});

	test('a new volume takes its mode from our image alone, which has a folder for each that anybody may write to', async t => {
		const folders = new Set(
			/^RUN mkdir -m 1777 (.+)$/m.exec(read('deploy/Dockerfile').replaceAll('\\\n', ' '))?.[1]?.split(/\s+/),
		);
		for (const file of FILES) {
			const {services} = await load(file);
			for (const [name, service] of Object.entries(services)) {
				for (const mount of service.volumes) {
					if (mount.type !== 'volume') continue;
					if (isOurs(service)) t.true(folders.has(mount.target), `${mount.target} of ${name}`);
					else if (mount.read_only !== true) t.true(mount.volume?.nocopy, `${mount.target} of ${name}`);
				}
			}
			// Whoever writes to a volume of another image waits until ours was made.
			for (const [name, service] of Object.entries(services)) {
				if (!isOurs(service) && service.volumes.some(({type}) => type === 'volume')) {
					t.is(service.depends_on.prepare?.condition, 'service_completed_successfully', name);
				}
			}
		}
	});
}

test('everything that the image copies is let through to its build', t => {
	const allowed = read('deploy/Dockerfile.dockerignore')
		.split('\n')
		.filter(line => line.startsWith('!'))
		.map(line => line.slice(1));
	for (const path of allowed) t.true(existsSync(join(checkout, path)), path);
	const needed = [
		'package.json',
		'pnpm-lock.yaml',
		'pnpm-workspace.yaml',
		'tsconfig.json',
		'libs/',
		'services/',
		'migrations/',
	];
	for (const path of needed) t.true(allowed.includes(path), path);
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
