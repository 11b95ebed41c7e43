import {createServer, type RequestListener, type Server} from 'node:http';
import type {Socket} from 'node:net';
import {StartupError} from '@hearth/ports/startup-error.js';
import {v7 as uuidv7} from 'uuid';
import {networkOf} from './rate-limit.js';

// A slow client may take two minutes for a body and fifteen seconds for its headers; idle connections outlive nginx's own 60 s.
const limits = {
	requestTimeout: 120_000,
	headersTimeout: 15_000,
	keepAliveTimeout: 75_000,
	connectionsCheckingInterval: 5000,
};

// A house has some dozens of devices, each with a browser's six connections and a stream or two. A connection that says nothing costs
// some 20 kB until it is ended, and one address must leave room for the others; that of a proxy in front is many clients'.
const MOST_CONNECTIONS = 4000;
const MOST_CONNECTIONS_OF_AN_ADDRESS = MOST_CONNECTIONS / 2;

/** Serves the requests at this port and address. Throws `StartupError` that says what to do where it cannot. */
export async function listenOn(handle: RequestListener, at: number, on: string): Promise<Server> {
	const server = createServer(limits, handle);
	server.on('clientError', refuseBrokenRequest);
	server.maxConnections = MOST_CONNECTIONS;
	server.on('connection', closeTheOneTooMany());
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, at, on)));
		server.listen(at, on, resolve);
	});
	return server;
}

function closeTheOneTooMany(): (socket: Socket) => void {
	const open = new Map<string, number>();
	return socket => {
		const network = networkOf(socket.remoteAddress ?? '');
		const count = (open.get(network) ?? 0) + 1;
		open.set(network, count);
		socket.once('close', () => {
			const left = (open.get(network) ?? 0) - 1;
			if (left > 0) open.set(network, left);
			else open.delete(network);
		});
		if (count > MOST_CONNECTIONS_OF_AN_ADDRESS) socket.destroy();
	};
}

function listenError(error: NodeJS.ErrnoException, at: number, on: string): StartupError {
	const why =
		error.code === 'EADDRINUSE'
			? `Port ${at} is in use by another program. Stop that program, or set HEARTH_PORT to a free port (0 takes any).`
			: error.code === 'EACCES'
				? `Port ${at} may not be used by this account. Set HEARTH_PORT to one of 1024 or more.`
				: error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'
					? `This machine has no address ${on}. Set HEARTH_HOST to one it has, such as 127.0.0.1 or 0.0.0.0.`
					: `The web server could not listen on ${on}:${at} (${error.code ?? error.message}).`;
	return new StartupError(why, {cause: error});
}

/** Answers what is under way for up to `timeout_ms`, then cuts what is left. */
export async function closeServer(server: Server, timeout_ms: number): Promise<void> {
	const closed = new Promise<void>(resolve => {
		server.close(() => resolve());
	});
	server.closeIdleConnections();
	const cut = setTimeout(() => server.closeAllConnections(), timeout_ms);
	await closed;
	clearTimeout(cut);
}

/** What is not HTTP never reaches the app; it is refused in the same form. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
	if (!socket.writable || error.code === 'ECONNRESET') {
		socket.destroy();
		return;
	}
	const [status, code, message] =
		error.code === 'HPE_HEADER_OVERFLOW'
			? ['431 Request Header Fields Too Large', 'TOO_LARGE', 'The headers of this request are too large.']
			: error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
				? ['408 Request Timeout', 'VALIDATION_ERROR', 'The request did not arrive in time. Send it again.']
				: ['400 Bad Request', 'VALIDATION_ERROR', 'This is not a valid HTTP request.'];
	const body = JSON.stringify({error: {code, message}});
	socket.end(
		`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-ID: ${uuidv7()}\r\n` +
			`X-Timestamp: ${new Date().toISOString()}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
}
