import {randomInt} from 'node:crypto';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {freePort} from '@hearth/servers/free-port.js';
import {type ComposeFile, namedFor, readCompose} from './compose-file.js';
import {canConfine} from './confine.js';
import {containerOf} from './container.js';
import {type Link, openLink, startProxy} from './links.js';
import {startNameServer} from './names.js';
import {type OwnPart, type Part, partOf} from './part.js';
import {startWatch} from './watch.js';

export type {Link} from './links.js';
export type {Part} from './part.js';

export interface StackOptions {
	/** How many processes of a service; nginx leads to all of them. One unless told. */
	copies?: Partial<Record<string, number>>;
	/** The person's `.env`. */
	environment?: Record<string, string>;
	/** Services to start, with those they depend on; all but those of a profile unless told. */
	only?: readonly string[];
	/** Whether each server is reached through Toxiproxy, so that the way to it can be made bad. */
	faulty?: boolean;
	/** compose.yaml unless told; as with `docker compose -f`. */
	files?: readonly string[];
}

export interface Stack {
	/** The published port that speaks http. */
	readonly url: string;
	/** nginx's port for the tunnel. */
	readonly tunnel_url: string;
	/** What the house asks of whoever makes the first account. */
	setup_code(): Promise<string>;
	/** By their names in compose.yaml. What runs once and has ended is not among them. */
	readonly parts: Record<string, Part>;
	/** With `faulty`, the ways to the servers. */
	readonly toxics?: Record<'postgres' | 'redis' | 'nats' | 'minio', Link>;
	/** Whether each part runs as its own account and may write only to what is mounted; some systems allow that only to root. */
	readonly confined: boolean;
	/** Ends everything and removes every folder. */
	remove(): Promise<void>;
}

// The servers of the house and their ports inside, which may be given a bad connection.
const SERVERS = {postgres: 5432, redis: 6379, nats: 4222, minio: 9000} as const;
// Last numbers of addresses: one for what is ours, then the containers', then the proxies'.
const FIRST_CONTAINER = 2;
const FIRST_PROXY = 240;

/**
 * Starts what compose.yaml describes as processes of this machine: the same commands and environment, with every container on a
 * loopback address of its own. Linux only, which gives each machine 127.0.0.0/8. Throws for anything in the files that it would have to
 * pass over, and, with what it printed, when a part does not become healthy.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
	const {copies = {}, environment = {}, only, faulty = false, files = ['compose.yaml']} = options;
	if (process.platform !== 'linux') throw new Error('The stack needs the loopback addresses of Linux');
	const compose = await readCompose(files, environment, only === undefined ? [] : ['*']);
	const wanted = withNeeded(compose, only ?? Object.keys(compose.services));
	const folder = await mkdtemp(join(tmpdir(), 'hearth-stack-'));
	const watch = startWatch(folder);
	const undo: (() => Promise<void>)[] = [() => watch.close()];
	const removal = async () => {
		for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
	};
	try {
		const network = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.`;
		const port = await portsOf(compose);
		const parts: Record<string, OwnPart> = {};
		const names = await startNameServer(`${network}1`, name =>
			namedFor(compose, 'nginx', name).flatMap(service => parts[service]?.addresses() ?? []),
		);
		undo.push(() => names.close());

		let last = FIRST_CONTAINER;
		const addresses = new Map(
			wanted.map(name => [name, Array.from({length: copies[name] ?? 1}, () => `${network}${last++}`)]),
		);
		const proxied = new Map<string, string>();
		let toxics: Stack['toxics'];
		if (faulty) {
			const proxy = await startProxy(watch);
			undo.push(proxy.close);
			let next = FIRST_PROXY;
			const links: Record<string, Link> = {};
			for (const [name, inside] of Object.entries(SERVERS)) {
				const upstream = addresses.get(name)?.[0];
				if (upstream === undefined) continue;
				proxied.set(name, `${network}${next++}`);
				links[name] = await openLink(
					proxy.url,
					name,
					`${proxied.get(name)}:${port(inside)}`,
					`${upstream}:${port(inside)}`,
				);
			}
			toxics = links as Stack['toxics'];
		}

		const surroundings = {
			compose,
			folder,
			port,
			// Of a service that is not started nothing listens at its address, as nothing does where a container is missing.
			addressOf: (name: string) => proxied.get(name) ?? addresses.get(name)?.[0] ?? `${network}254`,
			// A connection within the loopback network comes from here, wherever it goes.
			subnet: '127.0.0.1/32',
		};
		for (const name of wanted) {
			const containers = (addresses.get(name) ?? []).map((address, copy) =>
				containerOf(name, copy, address, surroundings),
			);
			const part = partOf(containers, `${network}1:${names.port}`, watch);
			parts[name] = part;
			undo.push(() => part.kill());
		}
		await startInOrder(compose, parts);
		const once = oneShots(compose);
		const door = Object.entries(compose.services).find(([, {ports}]) => ports.length > 0)?.[0] ?? '';
		return {
			get url() {
				return urlOf(parts, door, port(8080));
			},
			get tunnel_url() {
				return urlOf(parts, 'nginx', port(8081));
			},
			setup_code: () => setupCode(parts),
			parts: Object.fromEntries(Object.entries(parts).filter(([name]) => !once.has(name))),
			...(toxics === undefined ? {} : {toxics}),
			confined: canConfine(),
			remove: removal,
		};
	} catch (error) {
		await removal();
		throw error;
	}
}

/** The services of these names and all that they depend on. */
function withNeeded({services}: ComposeFile, names: readonly string[]): string[] {
	const found = new Set<string>();
	const add = (name: string) => {
		if (found.has(name)) return;
		const service = services[name];
		if (service === undefined)
			throw new Error(`There is no service ${name}; there are ${Object.keys(services).join(', ')}`);
		for (const needed of Object.keys(service.depends_on)) add(needed);
		found.add(name);
	};
	for (const name of names) add(name);
	return [...found];
}

/** A free port of this machine for each that is named inside; the same for all containers, since each has an address of its own. */
async function portsOf(compose: ComposeFile): Promise<(inside: number) => number> {
	const named = new Set([8080, 8081, 8222, 8443, ...Object.values(SERVERS)]);
	for (const {ports, environment, healthcheck} of Object.values(compose.services)) {
		for (const {target} of ports) named.add(target);
		for (const text of [
			...Object.values(environment),
			...(healthcheck !== undefined && 'test' in healthcheck ? healthcheck.test : []),
		]) {
			for (const [, number] of text.matchAll(/[\w.]:(\d{2,5})\b/g)) named.add(Number(number));
		}
	}
	const here = new Map<number, number>();
	for (const inside of named) here.set(inside, await freePort());
	return inside => {
		const found = here.get(inside);
		if (found === undefined) throw new Error(`Port ${inside} is named nowhere in the files`);
		return found;
	};
}

const oneShots = ({services}: ComposeFile) =>
	new Set(
		Object.values(services).flatMap(({depends_on}) =>
			Object.entries(depends_on)
				.filter(([, {condition}]) => condition === 'service_completed_successfully')
				.map(([name]) => name),
		),
	);

/** Each as soon as what it depends on is as its condition says. */
async function startInOrder({services}: ComposeFile, parts: Record<string, OwnPart>): Promise<void> {
	const begun = new Map<string, Promise<void>>();
	const begin = (name: string): Promise<void> => {
		const started = begun.get(name) ?? start(name);
		begun.set(name, started);
		return started;
	};
	const start = async (name: string) => {
		const needed = Object.entries(services[name]?.depends_on ?? {});
		await Promise.all(
			needed.map(async ([other, {condition}]) => {
				await begin(other);
				if (condition === 'service_completed_successfully') await parts[other]?.completed();
			}),
		);
		await parts[name]?.start();
	};
	await Promise.all(Object.keys(parts).map(begin));
}

function urlOf(parts: Record<string, OwnPart>, name: string, port: number): string {
	const [address] = parts[name]?.addresses() ?? [];
	if (address === undefined) throw new Error(`${name || 'A service with a published port'} does not run`);
	return `http://${address}:${port}`;
}

/** As a person reads it: in what the parts have printed. */
async function setupCode(parts: Record<string, OwnPart>): Promise<string> {
	for (const deadline = Date.now() + 30_000; ; await wait(50)) {
		for (const part of Object.values(parts)) {
			const code = /The setup code for the first account is ([0-9A-Z-]+)/.exec(part.printed())?.[1];
			if (code !== undefined) return code;
		}
		if (Date.now() > deadline) throw new Error('No part has printed a setup code: there is an admin already');
	}
}
