import {execFile, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chownSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {makeFolder} from '../../make-folder.js';
import {StartupError} from '../../startup-error.js';
import {findPrograms, MAJOR, type Programs, programsIn} from './programs.js';

// PostgreSQL refuses to run as root, and another account cannot enter a folder that is root's alone. Where the system allows it, the
// server runs as root in a user namespace of its own, in which it sees itself as nobody: the files stay root's, where they are.
// Where it does not, the server runs as an account without rights, and what it needs moves to where that account can go.

/** Where the server's files are, and as whom its programs run. */
export interface Ground {
	folder: string;
	programs: Programs;
	/** What stands before a program's name. */
	prefix: string[];
	/** The account its programs run as, where it is another than ours. */
	account: Account | undefined;
}
interface Account {
	uid: number;
	gid: number;
}

const NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];
// `nobody` of every Linux; a number, because its name and group's name differ.
const NOBODY: Account = {uid: 65_534, gid: 65_534};
// Never below the system's temporary folder: that one is emptied.
const ELSEWHERE = '/var/lib';

export interface GroundOptions {
	/** Where the server's files are wanted. */
	folder: string;
	say: (line: string) => void;
	/** `false` for tests that want to run as nobody. */
	namespaces?: boolean;
	/** For tests: where the files go that an account without rights must reach. */
	elsewhere?: string;
	/** For tests: others than those that npm brought. */
	programs?: Programs;
}

/** Where the files of a folder are: there, or where an earlier start moved them. */
export function homeOf(folder: string): string {
	const note = join(folder, 'moved-to');
	return existsSync(note) ? readFileSync(note, 'utf8').trim() : folder;
}

/** Decides, and gives the files to the account that will need them. Throws `StartupError` where no account can run the server. */
export function findGround({
	folder,
	say,
	namespaces = true,
	elsewhere = ELSEWHERE,
	programs = findPrograms(),
}: GroundOptions): Ground {
	const home = homeOf(folder);
	if (process.getuid?.() !== 0) return {folder: home, programs, prefix: [], account: undefined};

	if (home !== folder) say(`The database's files are in ${home}, as ${join(folder, 'moved-to')} says.`);
	const data = statSync(join(home, 'data'), {throwIfNoEntry: false});
	// Made by an ordinary user, or by an earlier start as nobody: it stays theirs.
	if (data && data.uid !== 0) {
		const account = {uid: data.uid, gid: data.gid};
		return {folder: home, programs: reachable(programs, account, elsewhere, say), prefix: [], account};
	}
	if (namespaces && runs(programs, NAMESPACE)) return {folder: home, programs, prefix: NAMESPACE, account: undefined};
	return {
		folder: giveToNobody({folder, home, elsewhere, say}),
		programs: reachable(programs, NOBODY, elsewhere, say),
		prefix: [],
		account: NOBODY,
	};
}

/** What PostgreSQL's programs are told by the environment: nothing of ours. */
export const programEnvironment = (): NodeJS.ProcessEnv =>
	process.platform === 'win32' ? process.env : {PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C'};

/** Runs one of the programs to its end. A failure carries `stdout` and `stderr`. */
export async function runProgram({prefix, account}: Ground, program: string, given: string[]): Promise<void> {
	const [command = program, ...args] = [...prefix, program, ...given];
	await promisify(execFile)(command, args, {...account, env: programEnvironment(), cwd: '/'});
}

/** Makes the folder, for its owner alone. Throws `StartupError`. */
export function makeOwnFolder(path: string): void {
	try {
		makeFolder(path);
	} catch (error) {
		throw notWritable(path, error);
	}
}

export function notWritable(path: string, error: unknown): StartupError {
	const {code = (error as Error).message} = error as NodeJS.ErrnoException;
	if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, error);
	const who = process.getuid === undefined ? 'this user' : `user ${process.getuid()}`;
	return new StartupError(
		`${path} cannot be written (${code}): make it writable for ${who}, or set HEARTH_DATA to another folder.`,
		{cause: error},
	);
}

export const diskFull = (path: string, cause: unknown) =>
	new StartupError(`The disk that holds ${path} is full: free at least 200 MB and start again.`, {cause});

function giveToNobody({
	folder,
	home,
	elsewhere,
	say,
}: Required<Omit<GroundOptions, 'namespaces' | 'programs'>> & {home: string}): string {
	let at = home;
	if (!canEnter(dirname(home), NOBODY)) {
		if (existsSync(join(home, 'data'))) {
			throw new StartupError(
				`PostgreSQL does not run as root, user namespaces are refused here, and no other account can enter ${dirname(home)}: start as an ordinary user who owns that folder, or let others enter it (chmod o+x).`,
			);
		}
		at = join(elsewhere, `hearth-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
		makeOwnFolder(at);
		writeFileSync(join(folder, 'moved-to'), `${at}\n`);
		say(`No other account can enter ${dirname(folder)}, so the database's files are in ${at}.`);
	}
	give(NOBODY, at);
	say('PostgreSQL does not run as root, and user namespaces are refused here: it runs as the account nobody.');
	return at;
}

/** The programs where the account can run them. */
function reachable(programs: Programs, account: Account, elsewhere: string, say: (line: string) => void): Programs {
	if (runs(programs, [], account)) return programs;
	const copy = join(elsewhere, `hearth-postgresql-${MAJOR}`);
	try {
		if (!existsSync(join(copy, 'complete'))) {
			cpSync(programs.root, copy, {recursive: true, verbatimSymlinks: true});
			writeFileSync(join(copy, 'complete'), '');
		}
	} catch (error) {
		throw notWritable(copy, error);
	}
	say(`PostgreSQL's programs were copied to ${copy}, where account ${account.uid} can run them.`);
	const copied = programsIn(copy);
	if (runs(copied, [], account)) return copied;
	throw new StartupError(
		`PostgreSQL does not run as root, and account ${account.uid} cannot run ${copied.postgres}: start as an ordinary user, or set DATABASE_URL.`,
	);
}

function runs(programs: Programs, prefix: string[], account?: Account): boolean {
	const [command = programs.postgres, ...args] = [...prefix, programs.postgres, '--version'];
	return spawnSync(command, args, {...account, env: programEnvironment(), cwd: '/', timeout: 10_000}).status === 0;
}

function canEnter(path: string, {uid, gid}: Account): boolean {
	const {mode, uid: owner, gid: group} = statSync(path);
	const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
	return (mode & bit) !== 0 && (path === dirname(path) || canEnter(dirname(path), {uid, gid}));
}

function give(account: Account, path: string): void {
	if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(account, join(path, name));
	if (!lstatSync(path).isSymbolicLink()) chownSync(path, account.uid, account.gid);
}
