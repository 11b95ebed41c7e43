import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as wait} from 'node:timers/promises';
import {freePort} from '@hearth/servers/free-port.js';
import {pathOf} from './programs.js';
import type {Watch} from './watch.js';

/** The way to a server, which can be bad. */
export interface Link {
	/** Breaks every connection and refuses new ones. */
	cut(): Promise<void>;
	/** Connections stay open, and nothing comes back any more. */
	hang(): Promise<void>;
	/** Every answer comes this much later. */
	slow(latency_ms: number): Promise<void>;
	/** As at the start: nothing is in the way. */
	restore(): Promise<void>;
}

/** Toxiproxy, which is asked by its API at `url`. */
export async function startProxy(watch: Watch): Promise<{url: string; close(): Promise<void>}> {
	const port = await freePort();
	const child = spawn(pathOf('toxiproxy-server'), ['-host', '127.0.0.1', '-port', String(port)], {
		cwd: '/',
		detached: true,
		stdio: 'ignore',
	});
	await once(child, 'spawn');
	const group = child.pid ?? 0;
	watch.started(group);
	const ended = once(child, 'exit').then(() => watch.ended(group));
	const url = `http://127.0.0.1:${port}`;
	// Nothing listens until it does.
	while ((await fetch(`${url}/version`).catch(() => null))?.status !== 200) {
		if (child.exitCode !== null) throw new Error(`toxiproxy-server ended at its start (${child.exitCode})`);
		await wait(20);
	}
	return {
		url,
		async close() {
			child.kill('SIGKILL');
			await ended;
		},
	};
}

/** A way through the proxy at `url`. */
export async function openLink(url: string, name: string, listen: string, upstream: string): Promise<Link> {
	const ask = async (method: string, path: string, body?: object) => {
		const answer = await fetch(`${url}/proxies${path}`, {
			method,
			...(body === undefined ? {} : {body: JSON.stringify(body)}),
			headers: {'content-type': 'application/json', 'user-agent': 'hearth'},
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`Toxiproxy answered ${answer.status}: ${text}`);
		return text === '' ? null : JSON.parse(text);
	};
	await ask('POST', '', {name, listen, upstream, enabled: true});
	const toxic = (type: string, attributes: object) =>
		ask('POST', `/${name}/toxics`, {name: type, type, stream: 'downstream', attributes});
	async function restore() {
		for (const {name: given} of await ask('GET', `/${name}/toxics`)) await ask('DELETE', `/${name}/toxics/${given}`);
		await ask('POST', `/${name}`, {enabled: true});
	}
	return {
		restore,
		cut: () => ask('POST', `/${name}`, {enabled: false}),
		hang: async () => {
			await restore();
			await toxic('timeout', {timeout: 0});
		},
		slow: async latency_ms => {
			await restore();
			await toxic('latency', {latency: latency_ms});
		},
	};
}
