import {Agent, request} from 'node:http';

// Fewer connections than are asked for at once would have one wait for another.
const agent = new Agent({keepAlive: true, maxSockets: 64, noDelay: true});

export interface Asked {
	method?: string;
	token?: string | undefined;
	body?: string;
}

/** The text of an answer; throws at one that is not 2xx. Over a connection that is kept. */
export function ask(url: string, {method = 'POST', token, body = ''}: Asked = {}): Promise<string> {
	return new Promise((resolve, reject) => {
		const headers = {
			'content-type': 'application/json',
			'content-length': Buffer.byteLength(body),
			...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
		};
		const asking = request(url, {method, agent, headers}, response => {
			const parts: Buffer[] = [];
			response.on('data', (part: Buffer) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => {
				const text = Buffer.concat(parts).toString();
				const {statusCode = 0} = response;
				if (statusCode < 300) resolve(text);
				else reject(new Error(`${method} ${url} answered ${statusCode}: ${text.slice(0, 1000)}`));
			});
		});
		asking.on('error', reject);
		asking.end(body);
	});
}

export const closeConnections = (): void => agent.destroy();
