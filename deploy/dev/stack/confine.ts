import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {checkout} from './compose-file.js';
import type {Container} from './container.js';

/**
 * A command as a container would run it: by the account that it is told of, with none of root's rights, everything read-only but what is
 * mounted to be written to, and only the accounts known that its image knows. Where the system allows no user namespaces it is the
 * command itself. Asked for a container whose folders have been made.
 */
export function confined(container: Container, program: string, args: readonly string[]): string[] {
	if (!canConfine()) return [program, ...args];
	const {described, folder, writable} = container;
	const [, uid = '', gid = ''] = /^(\d+):(\d+)$/.exec(described.user ?? '') ?? [];
	if (uid === '') throw new Error(`A user is told as two numbers, not ${described.user}`);
	const passwd = join(folder, 'passwd');
	writeFileSync(passwd, accountsOf(described.image, uid));
	const onto = (path: string) => `mount --bind ${quoted(path)} ${quoted(path)}`;
	const script = [
		`mount --bind ${quoted(passwd)} /etc/passwd`,
		...writable.map(onto),
		...mountsOf(['/', checkout, folder, program]).map(
			({at, options}) => `mount -o remount,bind,${options} ${quoted(at)}`,
		),
		// As root of a namespace it has mounted; as this account of another it can no more.
		`exec unshare --user --map-user=${uid} --map-group=${gid} -- "$@"`,
	];
	return [...ROOT_OF_A_NAMESPACE, 'sh', '-ec', script.join('\n'), 'sh', program, ...args];
}

const ROOT_OF_A_NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount', '--'];

let allowed: boolean | undefined;
/** Whether this system lets this account make the namespaces. */
export function canConfine(): boolean {
	if (allowed !== undefined) return allowed;
	try {
		const [unshare = '', ...rest] = ROOT_OF_A_NAMESPACE;
		execFileSync(unshare, [...rest, 'unshare', '--user', '--map-user=1000', '--map-group=1000', '--', 'true'], {
			stdio: 'ignore',
		});
		allowed = true;
	} catch {
		allowed = false; // that is the answer
	}
	return allowed;
}

/** As `/etc/passwd` of the image: ours knows those of its Dockerfile, PostgreSQL's makes up a name for whoever it runs as. */
function accountsOf(image: string, uid: string): string {
	const known = new Set(['0']);
	if (image.startsWith('postgres:')) known.add(uid);
	if (image.startsWith('hearth:')) {
		const dockerfile = readFileSync(join(checkout, 'deploy/Dockerfile'), 'utf8');
		// Of the image that ours is made from.
		known.add('1000');
		for (const [, made = ''] of dockerfile.matchAll(/\buseradd .*--uid (\d+)/g)) known.add(made);
	}
	return [...known].map(id => `${id === '0' ? 'root' : `account-${id}`}:x:${id}:${id}::/:/usr/sbin/nologin\n`).join('');
}

/** The mounts that hold these paths, with their options but read-only: a namespace may take none of them back. */
function mountsOf(paths: readonly string[]): {at: string; options: string}[] {
	const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
	const mounts = lines.map(line => {
		const [, , , , at = '', options = ''] = line.split(' ');
		return {
			at: at.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
			options,
		};
	});
	const holding = (path: string) =>
		mounts
			.filter(({at}) => at === '/' || path === at || path.startsWith(`${at}/`))
			.reduce((deepest, mount) => (mount.at.length >= deepest.at.length ? mount : deepest));
	const found = new Map(paths.map(holding).map(({at, options}) => [at, options.replace(/^rw\b/, 'ro')]));
	return [...found].map(([at, options]) => ({at, options}));
}

const quoted = (path: string) => `'${path.replaceAll("'", "'\\''")}'`;
