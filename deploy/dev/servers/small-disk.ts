import {spawn, spawnSync} from 'node:child_process';
import {mkdir, mkdtemp, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/**
 * A disk so small that a test can fill it: whoever writes to it then gets ENOSPC, as of a real one. It lies in memory, in a
 * namespace of its own, so it wants no root: only `unshare` and `nsenter`, on a Linux that lets its users make namespaces. It keeps
 * what is on it while servers are stopped, killed and started.
 */
export interface SmallDisk {
	/** Where it lies for the servers on it. From outside, nothing of it is seen there. */
	readonly folder: string;
	/** What goes before a program that is to see it. */
	readonly prefix: readonly string[];
	/** Fills it to the last byte. What a server gives back later is free again until this is called again. */
	full(): Promise<void>;
	/** Takes away what filled it. */
	freed(): Promise<void>;
	/** After the servers on it. */
	remove(): Promise<void>;
}

/** Why this machine cannot make one, or null: not every Linux lets its users make namespaces, and no other system has them. */
export function whyNoSmallDisk(): string | null {
	const {status, stderr, error} = spawnSync('unshare', [...NAMESPACE, 'nsenter', '--version'], {encoding: 'utf8'});
	return status === 0 ? null : `no disk of its own can be made: ${error?.message ?? stderr.trim()}`;
}

const NAMESPACE = ['--user', '--map-root-user', '--mount', '--'];
const FILLING = 'filling';

export async function makeSmallDisk(size_bytes: number): Promise<SmallDisk> {
	const above = await mkdtemp(join(tmpdir(), 'hearth-disk-'));
	const folder = join(above, 'disk');
	await mkdir(folder);
	// Holds the disk until its input ends, which it does with our process, however that goes.
	const holder = spawn(
		'unshare',
		[...NAMESPACE, 'sh', '-c'].concat([
			'mount -t tmpfs -o "size=$1,mode=700" small-disk "$0" && echo ready && exec cat',
			folder,
			String(size_bytes),
		]),
		{stdio: 'pipe'},
	);
	const closed = new Promise<void>(resolve => holder.once('close', () => resolve()));
	const remove = async () => {
		holder.kill('SIGKILL');
		await closed;
		await rm(above, {recursive: true, force: true});
	};
	let said = '';
	const ready = new Promise<void>((resolve, reject) => {
		for (const stream of [holder.stdout, holder.stderr]) {
			stream.setEncoding('utf8').on('data', (text: string) => {
				said += text;
				if (said === 'ready\n') resolve();
			});
		}
		holder.once('error', reject);
		holder.once('close', () => reject(new Error(`A small disk could not be made: ${said.trim()}`)));
	});
	try {
		await ready;
	} catch (error) {
		await remove();
		throw error;
	}
	const seen = join(`/proc/${holder.pid}/root`, folder, FILLING);
	return {
		folder: join(folder, 'data'),
		prefix: ['nsenter', '--user', '--mount', '--preserve-credentials', '--target', String(holder.pid), '--'],
		full: () => fill(seen),
		freed: () => rm(seen, {force: true}),
		remove,
	};
}

async function fill(file: string): Promise<void> {
	const filling = await open(file, 'a');
	try {
		// In ever smaller pieces, so that not even a page is left.
		for (const piece of [Buffer.alloc(1024 * 1024), Buffer.alloc(4096), Buffer.alloc(1)]) {
			try {
				for (;;) await filling.write(piece);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
			}
		}
	} finally {
		await filling.close();
	}
}
