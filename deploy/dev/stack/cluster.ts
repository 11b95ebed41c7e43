import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {confined} from './confine.js';
import type {Container} from './container.js';

/** As the image of PostgreSQL does at its first start: a superuser and a database, and a password asked of everybody. */
export async function makeCluster(container: Container, postgres: string, data: string): Promise<void> {
	const {
		POSTGRES_USER: user = 'postgres',
		POSTGRES_DB: database = user,
		POSTGRES_PASSWORD_FILE = '',
		POSTGRES_INITDB_ARGS = '',
	} = container.environment;
	await mkdir(data, {recursive: true, mode: 0o700});
	const password = join(container.folder, 'password');
	await writeFile(password, (await readFile(POSTGRES_PASSWORD_FILE, 'utf8')).trimEnd(), {mode: 0o600});
	const [initdb = '', ...args] = confined(container, join(dirname(postgres), 'initdb'), [
		...['-D', data, '-U', user, '-A', 'scram-sha-256', `--pwfile=${password}`],
		...POSTGRES_INITDB_ARGS.split(' ').filter(Boolean),
	]);
	await promisify(execFile)(initdb, args, {cwd: '/', env: {PATH: process.env.PATH ?? ''}});
	await rm(password);
	await writeFile(join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
	const said = await singleUser(container, postgres, data, `create database "${database}" owner "${user}"`);
	if (/ERROR|FATAL/.test(said)) throw new Error(`The database ${database} could not be made:\n${said}`);
}

/** Runs a statement where no server runs yet; answers what was said about it. */
async function singleUser(container: Container, postgres: string, data: string, statement: string): Promise<string> {
	const [program = '', ...args] = confined(container, postgres, ['--single', '-D', data, 'postgres']);
	const child = spawn(program, args, {cwd: '/', stdio: ['pipe', 'ignore', 'pipe']});
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	child.stdin.end(`${statement}\n`);
	await once(child, 'close');
	return said;
}
