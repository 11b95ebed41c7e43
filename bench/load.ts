import {connect} from 'node:net';

export interface Load {
	url: URL;
	headers?: Record<string, string>;
	connections: number;
	duration_ms: number;
}

/**
 * Asks one GET over and over, each connection as soon as it is answered. Plain sockets, because a client
 * that parses all would cost as much as the servers it measures. Throws at the first answer that is not a 200 with a Content-Length.
 */
export async function askOverAndOver({
	url,
	headers = {},
	connections,
	duration_ms,
}: Load): Promise<{requests: number; per_second: number}> {
	const lines = [
		`GET ${url.pathname} HTTP/1.1`,
		`Host: ${url.host}`,
		...Object.entries(headers).map(pair => pair.join(': ')),
	];
	const request = `${lines.join('\r\n')}\r\n\r\n`;
	const started = performance.now();
	const until = started + duration_ms;
	const answered = await Promise.all(Array.from({length: connections}, () => oneConnection(url, request, until)));
	const requests = answered.reduce((sum, count) => sum + count, 0);
	return {requests, per_second: (requests * 1000) / (performance.now() - started)};
}

function oneConnection(url: URL, request: string, until: number): Promise<number> {
	return new Promise((resolve, reject) => {
		const socket = connect({
			host: url.hostname === 'localhost' ? '127.0.0.1' : url.hostname,
			port: Number(url.port),
			noDelay: true,
		});
		let answered = 0;
		let received = '';
		socket.setEncoding('latin1');
		socket.on('connect', () => socket.write(request));
		socket.on('data', (text: string) => {
			received += text;
			const size = sizeOfAnswer(received);
			if (size === null || received.length < size) return;
			if (!received.startsWith('HTTP/1.1 200 ')) {
				socket.destroy(new Error(`${url.pathname} answered ${received.slice(9, 1000)}`));
				return;
			}
			received = received.slice(size);
			answered++;
			if (performance.now() < until) socket.write(request);
			else socket.end(() => resolve(answered));
		});
		socket.on('error', reject);
		socket.on('close', () => reject(new Error(`${url.href} closed a connection after ${answered} answers`)));
	});
}

/** Bytes of head and body; null while the head has not come whole. */
function sizeOfAnswer(received: string): number | null {
	const head = received.indexOf('\r\n\r\n');
	if (head === -1) return null;
	const length = /\r\nContent-Length: (\d+)/i.exec(received.slice(0, head));
	if (length === null)
		throw new Error(`An answer without Content-Length cannot be counted:\n${received.slice(0, head)}`);
	return head + 4 + Number(length[1]);
}
