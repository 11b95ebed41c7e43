import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {createServer, type RequestListener} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import path from 'node:path';
import {freePort} from '@hearth/servers/free-port.js';
import {startServer} from '@hearth/servers/server-process.js';
import type {ExecutionContext} from 'ava';
import {type NginxOptions, nginxConf, nginxUpstreams} from '../nginx-conf.js';
import {definePlugin, type Plugin, route} from '../plugin.js';

export const aPlugin = (name: string, ...paths: `/${string}`[]): Plugin =>
	definePlugin({
		name,
		summary: name,
		routes: paths.map(at =>
			route('GET', at, {summary: at, role: 'public', stream: at.endsWith('/live'), handle: async () => name}),
		),
	});

export interface Seen {
	part: string;
	method: string;
	url: string;
	headers: Record<string, string>;
}

/** Answers what it saw. */
const echo =
	(part: string): RequestListener =>
	(incoming, response) => {
		const {method, url, headers} = incoming;
		incoming.resume().on('end', () => {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({part, method, url, headers}));
		});
	};

/** Where what is started is ended: a test, or what runs after all of them. */
export type Ending = Pick<ExecutionContext, 'teardown'>;

export interface Part {
	address: string;
	port: number;
	/** How many requests reached it. */
	asked: () => number;
	/** How many connections were made to it. */
	connections: () => number;
	stop: () => void;
}

/** A process of one plugin, which answers what it saw unless told what else. */
export async function aPart(
	t: Ending,
	name: string,
	{answer = echo(name), at = '127.0.0.1', port = 0}: {answer?: RequestListener; at?: string; port?: number} = {},
): Promise<Part> {
	let [asked, connections] = [0, 0];
	const server = createServer((incoming, response) => {
		asked += 1;
		answer(incoming, response);
	})
		.on('connection', () => {
			connections += 1;
		})
		.listen(port, at);
	await once(server, 'listening');
	const stop = () => {
		server.close();
		server.closeAllConnections();
	};
	t.teardown(stop);
	const bound = (server.address() as AddressInfo).port;
	return {address: `${at}:${bound}`, port: bound, asked: () => asked, connections: () => connections, stop};
}

export interface Front {
	url: string;
	port: number;
	/** What the tunnel is told of. */
	tunnel: string;
	tls_port: number;
	/** Where it writes, and looks for its certificate. */
	folder: string;
}

/** The real nginx with the file that is made for these plugins. */
export async function aFront(
	t: Ending,
	plugins: readonly Plugin[],
	{program = 'nginx', ...options}: NginxOptions & {program?: 'nginx' | 'nginx-mainline'} = {},
): Promise<Front> {
	const others = {tunnel_port: 0, tls_port: 0, folder: ''};
	const server = await startServer(
		async (port, folder) => {
			Object.assign(others, {tunnel_port: await freePort(), tls_port: await freePort(), folder});
			const file = path.join(folder, 'nginx.conf');
			const upstreams_folder = path.join(folder, 'upstreams');
			// Where the tests are root's, the workers are nobody, who keeps bodies here and reads the certificate.
			await chmod(folder, 0o755);
			await writeFile(
				file,
				nginxConf(plugins, {host: '127.0.0.1', port, tls_folder: folder, upstreams_folder, ...others, ...options}),
			);
			if (program === 'nginx-mainline') {
				await mkdir(upstreams_folder);
				for (const [name, text] of Object.entries(nginxUpstreams(plugins, options)))
					await writeFile(path.join(upstreams_folder, name), text);
			}
			return {
				program,
				// What it tells is UTC wherever it runs.
				env: {TZ: 'Asia/Kolkata'},
				args: ['-c', file, '-p', folder, '-g', 'daemon off;'],
				// Written once it has all of its ports.
				ready: () => existsSync(path.join(folder, 'nginx.pid')),
			};
		},
		port => `http://127.0.0.1:${port}`,
	);
	t.teardown(async () => {
		// Its workers would outlive a kill.
		await server.stop();
		await server.remove();
	});
	const {url, port} = server;
	return {url, port, tunnel: `http://127.0.0.1:${others.tunnel_port}`, ...others};
}

/** nginx before one process of each plugin, all of which answer what they saw. */
export async function aFrontWithParts(t: Ending, plugins: readonly Plugin[]) {
	const parts = new Map<string, Part>();
	for (const name of [...plugins.map(plugin => plugin.name), 'rest']) parts.set(name, await aPart(t, name));
	const addressOf = (name: string) => parts.get(name)?.address ?? '127.0.0.1:1';
	return {...(await aFront(t, plugins, {addressOf, fallback: 'rest'})), parts};
}

export const seen = async (url: string, headers: Record<string, string> = {}): Promise<Seen> =>
	(await (await fetch(url, {headers})).json()) as Seen;

export interface RawAnswer {
	status: number;
	headers: Headers;
	body: string;
	/** All of it, where there was more than one answer. */
	text: string;
}

/** Whether a final answer is there with its body. */
const isWhole = (text: string) => {
	const [head = '', body = ''] = text.replace(/^HTTP\/1\.1 100 .*\r\n\r\n/, '').split('\r\n\r\n');
	return body.length >= Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
};

/** Sends bytes as they are and reads until all is answered or the other side closes. */
export async function raw(port: number, ...pieces: (string | Buffer)[]): Promise<RawAnswer> {
	const socket = connect(port, '127.0.0.1');
	let text = '';
	socket.setEncoding('utf8').on('data', data => {
		text += data;
		if (isWhole(text)) socket.destroy();
	});
	const closed = new Promise<void>(resolve => {
		// Cut while it was still sending: what was answered counts.
		socket.on('error', () => resolve()).on('close', () => resolve());
	});
	for (const piece of pieces) {
		if (socket.destroyed || /^HTTP\/1\.1 [2-5]/m.test(text)) break;
		if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), closed]);
	}
	await closed;
	const [head = '', ...rest] = text.split('\r\n\r\n');
	const [first = '', ...lines] = head.split('\r\n');
	const headers = new Headers(lines.map(line => line.split(/: ?(.*)/s, 2) as [string, string]));
	return {status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n'), text};
}
