import {randomInt} from 'node:crypto';
import {createServer} from 'node:net';

// Below 32768, where Linux begins to take the ports of outgoing connections: a client that keeps trying to reach a stopped server
// would in the end be given that very port and be connected to itself, and the server could not start again.
const FIRST = 20_000;
const LAST = 32_000;

/** A port of the loopback interface on which nothing listens now, and which no outgoing connection will take. */
export async function freePort(): Promise<number> {
	for (let attempt = 0; attempt < 100; attempt++) {
		const port = randomInt(FIRST, LAST);
		if (await isFree(port)) return port;
	}
	throw new Error(`Of 100 ports tried between ${FIRST} and ${LAST} none was free.`);
}

function isFree(port: number): Promise<boolean> {
	const server = createServer();
	return new Promise(resolve => {
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}
