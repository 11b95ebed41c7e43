import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {serverNames} from '../find.js';
import {programs, whereIs} from '../where.mjs';

const script = fileURLToPath(new URL('../get.mjs', import.meta.url));

function aFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'hearth-get-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

function get(names: string[], env: Record<string, string | undefined> = {}) {
	const given = {...process.env, HEARTH_REQUIRE_REAL: undefined, ...env};
	const {status, stdout, stderr} = spawnSync(process.execPath, [script, ...names], {encoding: 'utf8', env: given});
	return {status, stdout, stderr};
}

test('the names that can be found are the programs that can be got', t => {
	t.deepEqual([...serverNames], Object.keys(programs));
});

test('a name that is none is answered with those that there are', t => {
	const {status, stderr} = get(['nats-server', 'nats']);
	t.is(status, 2);
	t.regex(stderr, /There is no nats to get; there is postgres, redis-server/);
});

test('a machine without Go is told so, and it fails only where everything must be there', t => {
	const env = {PATH: aFolder(t), HEARTH_SERVERS: aFolder(t)};
	const {status, stdout} = get(['nats-server'], env);
	t.is(status, 0);
	t.regex(stdout, /Could not be got:\nnats-server: it is built with Go, and there is no go on the PATH/);
	t.is(get(['nats-server'], {...env, HEARTH_REQUIRE_REAL: '1'}).status, 1);
});

test('a machine without apt is told which package has the program', t => {
	// Asked of the part that installs, since this machine has the program.
	const part = new URL('../get/debian.mjs', import.meta.url).href;
	const ask = `const {install} = await import('${part}'); console.log(...(await install(['chromium'], console.error)).values())`;
	const {stdout} = spawnSync(process.execPath, ['--input-type=module', '--eval', ask], {
		encoding: 'utf8',
		env: {PATH: aFolder(t)},
	});
	t.is(stdout, "Debian's package chromium has it; there is no apt-get here\n");
});

test('a folder that cannot be made is named, with what to set', t => {
	const file = join(aFolder(t), 'a file');
	writeFileSync(file, '');
	const {status, stdout} = get(['nats-server'], {HEARTH_SERVERS: join(file, 'servers')});
	t.is(status, 0);
	t.true(stdout.includes(`${join(file, 'servers')} cannot be written (ENOTDIR); set HEARTH_SERVERS`), stdout);
});

test('what Go says of a build that fails is shown', t => {
	const bin = aFolder(t);
	writeFileSync(join(bin, 'go'), '#!/bin/sh\necho "no space left on device" >&2\nexit 1\n', {mode: 0o755});
	const {stdout} = get(['nats-server'], {PATH: `${bin}:${process.env.PATH}`, HEARTH_SERVERS: aFolder(t)});
	t.regex(stdout, /nats-server: go build failed:\nno space left on device/);
});

test('a machine without Rust is told so', t => {
	const {status, stdout} = get(['garage'], {PATH: aFolder(t), HEARTH_SERVERS: aFolder(t)});
	t.is(status, 0);
	t.regex(stdout, /Could not be got:\ngarage: it is built with Rust's cargo, and there is no cargo on the PATH/);
});

test('what cargo says of a build that fails is shown, and nothing half-built is left', t => {
	const [bin, cache] = [aFolder(t), aFolder(t)];
	writeFileSync(join(bin, 'cargo'), '#!/bin/sh\necho "linker cc not found" >&2\nexit 101\n', {mode: 0o755});
	const {stdout} = get(['garage'], {PATH: `${bin}:${process.env.PATH}`, HEARTH_SERVERS: cache});
	t.regex(stdout, /garage: cargo install failed:\nlinker cc not found/);
	t.deepEqual(readdirSync(cache), []);
});

test('a program that was built and is not the one that was asked for is not kept', t => {
	const [bin, cache] = [aFolder(t), aFolder(t)];
	const go =
		'#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\nprintf "#!/bin/sh\\necho version 1.2.3\\n" > "$2"\nchmod 755 "$2"\n';
	writeFileSync(join(bin, 'go'), go, {mode: 0o755});
	const {stdout} = get(['cloudflared'], {PATH: `${bin}:${process.env.PATH}`, HEARTH_SERVERS: cache});
	t.regex(stdout, /cloudflared: what was built does not say that it is \d+\.\d+\.\d+:\nversion 1\.2\.3/);
	t.deepEqual(readdirSync(cache), []);
});

test('a commit that is pinned by its time is called by that time', t => {
	const {says = '', stamps = {}} = programs.minio ?? {};
	const pinned = readFileSync(new URL('../go/minio/go.mod', import.meta.url), 'utf8');
	const [, time = ''] = /minio\/minio v0\.0\.0-(\d{14})-/.exec(pinned) ?? [];
	for (const name of [says, stamps['github.com/minio/minio/cmd.Version'] ?? '']) t.is(name.replace(/\D/g, ''), time);
});

test('what is there already is not built again, and what was built otherwise is', t => {
	const [bin, cache] = [aFolder(t), aFolder(t)];
	// A build by the real Go takes minutes; this one notes that it was asked, and makes a program that says the pinned version.
	const go = `#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo built >> '${join(bin, 'builds')}'
{ echo '#!/bin/sh'; echo "echo '$(grep 'nats-server/v2 v' go.mod)'"; } > "$2"
chmod 755 "$2"
`;
	writeFileSync(join(bin, 'go'), go, {mode: 0o755});
	const env = {PATH: `${bin}:${process.env.PATH}`, HEARTH_SERVERS: cache};
	const builds = () => readFileSync(join(bin, 'builds'), 'utf8').split('\n').length - 1;
	const row = new RegExp(`^nats-server +\\d+\\.\\d+\\.\\d+ +${join(cache, 'nats-server')}$`, 'm');
	t.regex(get(['nats-server'], env).stdout, row);
	const started = performance.now();
	t.regex(get(['nats-server'], env).stdout, row);
	t.log(`${(performance.now() - started).toFixed(0)} ms`);
	t.is(builds(), 1);
	writeFileSync(join(cache, 'nats-server.stamp'), 'of another go.mod');
	t.regex(get(['nats-server'], env).stdout, row);
	t.is(builds(), 2);
	t.deepEqual(readdirSync(cache).sort(), ['nats-server', 'nats-server.stamp'], 'nothing half-built is left');
});

test.serial('a program is found in the folder that is filled, before the PATH; what cannot be run is none', t => {
	const [cache, bin] = [aFolder(t), aFolder(t)];
	const before = {HEARTH_SERVERS: process.env.HEARTH_SERVERS, PATH: process.env.PATH};
	t.teardown(() => {
		for (const [name, value] of Object.entries(before)) {
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		}
	});
	process.env.HEARTH_SERVERS = cache;
	process.env.PATH = `:${bin}`;
	t.is(whereIs('nats-server'), null);
	writeFileSync(join(bin, 'nats-server'), '');
	t.is(whereIs('nats-server'), null, 'not executable');
	chmodSync(join(bin, 'nats-server'), 0o755);
	t.is(whereIs('nats-server'), join(bin, 'nats-server'));
	mkdirSync(join(cache, 'nats-server'));
	t.is(whereIs('nats-server'), join(bin, 'nats-server'), 'a folder is no program');
	rmSync(join(cache, 'nats-server'), {recursive: true});
	writeFileSync(join(cache, 'nats-server'), '', {mode: 0o755});
	t.is(whereIs('nats-server'), join(cache, 'nats-server'));
	writeFileSync(join(bin, 'postgres'), '', {mode: 0o755});
	t.not(whereIs('postgres'), join(bin, 'postgres'), 'which major it is, only the folder tells');
});
