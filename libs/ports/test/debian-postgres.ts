import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

// The oldest PostgreSQL that Hearth promises to run on, as Debian 12 brings it.

const PROGRAMS = '/usr/lib/postgresql/15/bin';

export const debianPostgresIsHere = () => existsSync(join(PROGRAMS, 'postgres'));

/** A server in a temporary folder, reached by a Unix socket, without a password. */
export async function startDebianPostgres() {
	const folder = await mkdtemp(join(tmpdir(), 'hearth-pg15-'));
	const data = join(folder, 'data');
	// PostgreSQL does not run as root.
	const prefix = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'] : [];
	const run = (program: string, args: string[]) => {
		const [command = '', ...rest] = [...prefix, join(PROGRAMS, program), ...args];
		return promisify(execFile)(command, rest, {cwd: '/'});
	};
	const start = () =>
		run('pg_ctl', [
			'start',
			'--wait',
			`--pgdata=${data}`,
			`--log=${join(folder, 'log')}`,
			`--options=-c listen_addresses='' -c unix_socket_directories=${folder} -c fsync=off -c max_connections=200`,
		]);
	const stop = () => run('pg_ctl', ['stop', '--wait', '--mode=immediate', `--pgdata=${data}`]);
	await run('initdb', [`--pgdata=${data}`, '--auth=trust', '--username=admin', '--encoding=UTF8', '--locale=C.UTF-8']);
	await start();
	return {
		/** As a user, a superuser unless told otherwise. */
		url: (user = 'admin', database = 'postgres') => `postgres://${user}@localhost/${database}?host=${folder}`,
		start,
		stop,
		async remove() {
			await stop();
			await rm(folder, {recursive: true});
		},
	};
}
