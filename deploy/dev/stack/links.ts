import type {RealServer} from '@hearth/servers/server-process.js';

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

/** A way through Toxiproxy, which is asked by its API at `proxy.url`. */
export async function openLink(proxy: RealServer, name: string, listen: string, upstream: string): Promise<Link> {
	const ask = async (method: string, path: string, body?: object) => {
		const answer = await fetch(`${proxy.url}/proxies${path}`, {
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
