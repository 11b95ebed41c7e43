import {execFileSync, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {chmod, chown, cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {findPrograms, programsIn} from '../drivers/embedded-postgres/programs.js';
import {StartupError} from '../startup-error.js';
import {aHouse} from './a-house.js';

// What only root meets. Where an ordinary user runs the tests, the other files are that user's.
const asRoot = process.getuid?.() === 0 ? test.serial : test.serial.skip;
const NOBODY = 65_534;

const canRead = ([program = '', ...as]: string[], file: string) =>
	spawnSync(program, [...as, 'test', '-r', file]).status === 0;

async function elsewhereFolder(t: ExecutionContext): Promise<string> {
	const elsewhere = await mkdtemp(join(tmpdir(), 'hearth-elsewhere-'));
	t.teardown(() => rm(elsewhere, {recursive: true}));
	await chmod(elsewhere, 0o755);
	return elsewhere;
}

asRoot('as root: an ordinary user runs it as themselves', async t => {
	const house = await aHouse(t);
	await chown(house.data_folder, NOBODY, NOBODY);
	const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
	if (!canRead(user, fileURLToPath(import.meta.url))) {
		t.log('left out: an ordinary user beside root: this checkout lies where only root can enter');
		return t.pass();
	}
	const {child, failed} = await house.process('serve', {prefix: user});
	t.is(failed, undefined);
	t.is(statSync(join(house.postgres, 'data')).uid, NOBODY);
	child.send('close');
	await once(child, 'exit');

	// Root on that user's data leaves them theirs.
	const database = await house.open();
	await database.check();
	await database.close();
	for (const name of ['data', 'data/base', 'password', 'server.log'])
		t.is(statSync(join(house.postgres, name)).uid, NOBODY, name);
	const again = await house.process('serve', {prefix: user});
	t.is(again.failed, undefined);
	again.child.send('close');
	await once(again.child, 'exit');

	await chown(house.postgres, 0, 0);
	const refused = await house.process('serve', {prefix: user});
	t.regex(refused.failed ?? '', /cannot be written \(EACCES\): make it writable for user 65534/);
});

asRoot('as root: in a folder that only root can enter the files stay root’s, where they are', async t => {
	const house = await aHouse(t);
	await chmod(house.data_folder, 0o700);
	const database = await house.open();
	t.is(statSync(join(house.postgres, 'data')).uid, 0);
	t.deepEqual(house.said, ['Making a new database …']);
	await database.close();
});

asRoot('as root: without user namespaces the server runs as nobody, and says so', async t => {
	const house = await aHouse(t);
	await chmod(house.data_folder, 0o755);
	for (let start = 1; start <= 2; start++) {
		const database = await house.open({namespaces: false});
		t.is(statSync(`/proc/${house.pid()}`).uid, NOBODY);
		await database.close();
	}
	t.regex(house.said.join('\n'), /it runs as the account nobody/);
	// Namespaces that are allowed again change nothing.
	const database = await house.open();
	t.is(statSync(`/proc/${house.pid()}`).uid, NOBODY);
	await database.close();
});

asRoot(
	'as root: without namespaces in a folder that only root can enter the files go elsewhere, said aloud',
	async t => {
		const house = await aHouse(t);
		const elsewhere = await elsewhereFolder(t);
		const special = {namespaces: false, elsewhere};
		const database = await house.open(special);
		const moved = readFileSync(join(house.postgres, 'moved-to'), 'utf8').trim();
		t.true(moved.startsWith(elsewhere));
		t.true(existsSync(join(moved, 'data', 'PG_VERSION')));
		t.regex(house.said.join('\n'), /No other account can enter .*, so the database's files are in .*hearth-elsewhere/);
		const guest = await house.open({...special, guest: true});
		await guest.check();
		await guest.close();
		await database.close();
		// However it is started from now on, it finds them.
		await (await house.open({elsewhere})).close();
		t.false(existsSync(join(house.postgres, 'data')));
	},
);

asRoot('as root: a full disk is a sentence, and a start with room again works', async t => {
	const house = await aHouse(t);
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', house.data_folder], {stdio: 'ignore'});
	} catch {
		t.log('Left out: this machine lets nobody mount');
		return t.pass();
	}
	t.teardown(() => execFileSync('umount', ['-l', house.data_folder]));
	await t.throwsAsync(house.open(), {
		instanceOf: StartupError,
		message: /The disk that holds .* is full: free at least 200 MB/,
	});
	execFileSync('mount', ['-o', 'remount,size=300m', house.data_folder]);
	const database = await house.open();
	await database.check();
	await database.close();
});

asRoot('as root: programs that no other account can reach are copied once to where one can, said aloud', async t => {
	const house = await aHouse(t);
	const elsewhere = await elsewhereFolder(t);
	await chmod(house.data_folder, 0o755);
	const hidden = join(house.data_folder, 'hidden');
	await cp(findPrograms().root, join(hidden, 'native'), {recursive: true, verbatimSymlinks: true});
	await chmod(hidden, 0o700);
	const special = {namespaces: false, elsewhere, programs: programsIn(join(hidden, 'native'))};
	for (let start = 1; start <= 2; start++) {
		const database = await house.open(special);
		t.true(execFileSync('cat', [`/proc/${house.pid()}/cmdline`], {encoding: 'utf8'}).startsWith(elsewhere));
		await database.close();
	}
	t.regex(house.said.join('\n'), /programs were copied to .*hearth-elsewhere/);
});
