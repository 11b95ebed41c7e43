import {execFile, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
	chownSync,
	cpSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {promisify} from 'node:util';
import {StartupError} from '../../driver.js';
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
	account: {uid: number; gid: number} | undefined;
}

const NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];
// `nobody` of every Linux; a number, because its name and group's name differ.
const NOBODY = {uid: 65_534, gid: 65_534};
// Never below the system's temporary folder: that one is emptied.
const ELSEWHERE = '/var/lib';

export const programEnvironment = (): NodeJS.ProcessEnv =>
	process.platform === 'win32' ? process.env : {PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C'};

export interface GroundOptions {
	/** Where the server's files are wanted. */
	folder: string;
	say: (line: string) => void;
	/** Left out by tests that want the other way. */
	namespaces?: boolean;
}

/** Throws `StartupError` where the folder cannot be written, or no account can run the server. */
export function findGround({folder, say, namespaces = true}: GroundOptions): Ground {
	const wanted = resolve(folder);
	makeFolder(wanted);
	const programs = findPrograms();
	if (process.getuid?.() !== 0) return {folder: wanted, programs, prefix: [], account: undefined};

	const moved = movedTo(wanted);
	if (moved !== null) say(`The database's files are in ${moved}, as ${join(wanted, 'moved-to')} says.`);
	const home = moved ?? wanted;
	if (namespaces && runs(programs, NAMESPACE)) {
		giveTo({uid: 0, gid: 0}, home);
		return {folder: home, programs, prefix: NAMESPACE, account: undefined};
	}
	return asNobody({wanted, home, programs, say});
}

function asNobody({
	wanted,
	home,
	programs,
	say,
}: {
	wanted: string;
	home: string;
	programs: Programs;
	say: (line: string) => void;
}): Ground {
	let folder = home;
	if (!canEnter(dirname(folder), NOBODY)) {
		if (existsSync(join(folder, 'data'))) {
			throw new StartupError(
				`PostgreSQL does not run as root, user namespaces are refused here, and no other account can enter ${dirname(folder)}: allow the namespaces again, start as the folder's own user, or make the folder readable (chmod o+x).`,
			);
		}
		folder = join(ELSEWHERE, `hearth-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`);
		makeFolder(folder);
		writeFileSync(join(wanted, 'moved-to'), `${folder}\n`);
		say(
			`PostgreSQL does not run as root and no other account can enter ${dirname(wanted)}: the database's files are in ${folder}.`,
		);
	}
	giveTo(NOBODY, folder);
	let reachable = programs;
	if (!runs(programs, [], NOBODY)) {
		const copy = join(ELSEWHERE, `hearth-postgresql-${MAJOR}`);
		if (!existsSync(join(copy, 'complete'))) {
			cpSync(programs.root, copy, {recursive: true, verbatimSymlinks: true});
			writeFileSync(join(copy, 'complete'), '');
		}
		reachable = programsIn(copy);
		say(`PostgreSQL's programs were copied to ${copy}, where an account without rights can run them.`);
		if (!runs(reachable, [], NOBODY)) {
			throw new StartupError(
				`PostgreSQL does not run as root, and account ${NOBODY.uid} cannot run ${reachable.postgres}: start as an ordinary user, or set DATABASE_URL.`,
			);
		}
	}
	say('Started as root where user namespaces are refused: PostgreSQL runs as the account nobody.');
	return {folder, programs: reachable, prefix: [], account: NOBODY};
}

/** Runs one of the programs to its end. Answers what it printed; a failure carries `stdout` and `stderr`. */
export async function runProgram({prefix, account}: Ground, program: string, given: string[]): Promise<string> {
	const [command = program, ...args] = [...prefix, program, ...given];
	const {stdout} = await promisify(execFile)(command, args, {...account, env: programEnvironment(), cwd: '/'});
	return stdout;
}

function runs(programs: Programs, prefix: string[], account?: {uid: number; gid: number}): boolean {
	const [command = programs.postgres, ...args] = [...prefix, programs.postgres, '--version'];
	return spawnSync(command, args, {...account, env: programEnvironment(), cwd: '/', timeout: 10_000}).status === 0;
}

function movedTo(folder: string): string | null {
	const note = join(folder, 'moved-to');
	return existsSync(note) ? readFileSync(note, 'utf8').trim() : null;
}

/** Makes the folder, for its owner alone. */
export function makeFolder(path: string): void {
	try {
		mkdirSync(path, {recursive: true, mode: 0o700});
	} catch (error) {
		throw notWritable(path, error);
	}
}

export function notWritable(path: string, error: unknown): StartupError {
	const {code} = error as NodeJS.ErrnoException;
	if (code === 'ENOSPC' || code === 'EDQUOT') {
		return new StartupError(`The disk that holds ${path} is full: free at least 200 MB and start again.`, {
			cause: error,
		});
	}
	return new StartupError(
		`${path} cannot be written (${code}): make it writable for ${process.getuid === undefined ? 'this user' : `user ${process.getuid()}`}, or set HEARTH_DATA to another folder.`,
		{cause: error},
	);
}

function canEnter(path: string, {uid, gid}: {uid: number; gid: number}): boolean {
	const {mode, uid: owner, gid: group} = statSync(path);
	const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
	return (mode & bit) !== 0 && (path === dirname(path) || canEnter(dirname(path), {uid, gid}));
}

/** Gives a folder with all in it to an account, where it is another's: an earlier start may have run the other way. */
function giveTo(account: {uid: number; gid: number}, path: string): void {
	const {uid, gid} = lstatSync(path);
	if (uid === account.uid && gid === account.gid) return;
	const each = (at: string) => {
		if (lstatSync(at).isDirectory()) for (const name of readdirSync(at)) each(join(at, name));
		if (!lstatSync(at).isSymbolicLink()) chownSync(at, account.uid, account.gid);
	};
	// The folder itself comes last, so that a chown cut off in the middle is begun again.
	each(path);
}
