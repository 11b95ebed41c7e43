import {chownSync, mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {type Ground, makeOwnFolder} from './ground.js';

/** How the server is reached: by a Unix socket that only its owner can open, or where there is none, by the loopback address. */
export interface Transport {
	/** What the server listens on. */
	settings: Record<string, string>;
	/** What it is found by: a folder or an address. */
	host: string;
	port: number;
	/** Takes away what a killed server left there. Call it when none runs. */
	clear(): void;
	/** Takes away what was made outside the server's own folder. */
	remove(): void;
}

// Names the socket's file, nothing else.
const SOCKET_PORT = 5432;
// sockaddr_un holds 108 bytes on Linux, 104 elsewhere, one of them the end.
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;
const FAR_FOLDER = 'hearth-socket-';

export async function chooseTransport(
	{folder, account}: Ground,
	wanted: 'socket' | 'tcp' = process.platform === 'win32' ? 'tcp' : 'socket',
): Promise<Transport> {
	if (wanted === 'tcp') return loopback(await freePort());
	let at = join(folder, 'socket');
	if (fits(at)) makeOwnFolder(at);
	else at = mkdtempSync(join(tmpdir(), FAR_FOLDER));
	if (account) chownSync(at, account.uid, account.gid);
	return fits(at) ? socketIn(at) : loopback(await freePort());
}

/** The same again, for a server that is started anew. */
export function transportOf(url: string): Transport {
	const search = new URL(url).searchParams;
	const host = search.get('host') as string;
	return host.startsWith('/') ? socketIn(host) : loopback(Number(search.get('port')));
}

const fits = (folder: string) => Buffer.byteLength(join(folder, `.s.PGSQL.${SOCKET_PORT}`)) <= LONGEST_SOCKET_PATH;

const socketIn = (folder: string): Transport => ({
	settings: {
		listen_addresses: '',
		// A list in which a comma parts folders, unless they stand in quotes.
		unix_socket_directories: `"${folder.replaceAll('"', '""')}"`,
		unix_socket_permissions: '0700',
		port: String(SOCKET_PORT),
	},
	host: folder,
	port: SOCKET_PORT,
	clear() {
		// Holds the dead server's number, which may be another process's by now.
		for (const name of [`.s.PGSQL.${SOCKET_PORT}.lock`, `.s.PGSQL.${SOCKET_PORT}`])
			rmSync(join(folder, name), {force: true});
	},
	remove() {
		if (basename(folder).startsWith(FAR_FOLDER)) rmSync(folder, {recursive: true, force: true});
	},
});

const loopback = (port: number): Transport => ({
	settings: {listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port)},
	host: '127.0.0.1',
	port,
	clear() {},
	remove() {},
});

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise(resolve => server.close(resolve));
	if (address === null || typeof address === 'string') throw new Error('The system named no free port');
	return address.port;
}
