import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {type ComposeFile, namedFor, type Service} from './compose-file.js';

/** One copy of a service: what it calls things, and what they are on this machine. */
export interface Container {
	service: string;
	described: Service;
	/** Its own address of the loopback network, as it has one of its own in the engine's. */
	address: string;
	/** Holds its temporary file systems and its log. */
	folder: string;
	/** This machine's port for one inside. */
	port(inside: number): number;
	/** This machine's path of one inside, which must be mounted: the rest of a container cannot be written. */
	path(inside: string): string;
	/** A value of its environment or a word of its command, with the paths, names and ports inside replaced by this machine's. */
	here(text: string): string;
	environment: Record<string, string>;
	/** This machine's folders that it may write to. */
	writable: readonly string[];
}

export interface Surroundings {
	compose: ComposeFile;
	/** Of volumes and containers. */
	folder: string;
	port(inside: number): number;
	/** Where a service is reached by others, which may be a proxy in front of it. */
	addressOf(service: string): string;
	/** What an engine's network is here. */
	subnet: string;
}

/** Throws where the description names what cannot be there: a service of another network, a path that is not mounted. */
export function containerOf(
	service: string,
	copy: number,
	address: string,
	{compose, folder, port, addressOf, subnet}: Surroundings,
): Container {
	const described = serviceOf(compose, service);
	const own = join(folder, 'containers', `${service}-${copy}`);
	const mounts = [
		...described.tmpfs.map(tmpfs => ({target: tmpfs.split(':')[0] ?? '', source: tmpfsIn(own, tmpfs)})),
		...described.volumes.map(({type, source, target}) => ({
			target,
			source: type === 'bind' ? source : volumeIn(folder, source),
		})),
		// The longest first: one may lie in another.
	].sort((a, b) => b.target.length - a.target.length);

	function path(inside: string): string {
		const mount = mounts.find(({target}) => inside === target || inside.startsWith(`${target}/`));
		if (mount === undefined) throw new Error(`${service} has nothing mounted at ${inside}`);
		return mount.source + inside.slice(mount.target.length);
	}
	function here(text: string): string {
		let result = text.replaceAll(/(?<![\w/.-])\/(?!\/)[\w./-]+/g, inside =>
			mounts.some(({target}) => inside === target || inside.startsWith(`${target}/`)) ? path(inside) : inside,
		);
		result = result.replaceAll(
			/(?<=^|[@/,=])([a-z][a-z0-9-]*|127\.0\.0\.1):(\d+)/g,
			(all, name: string, number: string) => {
				if (name === 'localhost' || name === '127.0.0.1') return `${address}:${port(Number(number))}`;
				if (!(name in compose.services)) return all;
				if (!namedFor(compose, service, name).includes(name)) {
					throw new Error(`${service} is told of ${all}, but shares no network with ${name}`);
				}
				return `${addressOf(name)}:${port(Number(number))}`;
			},
		);
		for (const {ipam} of Object.values(compose.networks)) {
			for (const {subnet: range} of ipam?.config ?? []) result = result.replaceAll(range, subnet);
		}
		return result;
	}
	const environment = Object.fromEntries(
		Object.entries(described.environment).map(([name, value]) => [name, here(value)]),
	);
	const writable = [
		...described.tmpfs.map(tmpfs => tmpfsIn(own, tmpfs)),
		...described.volumes.flatMap(({type, source, read_only}) =>
			type === 'volume' && read_only !== true ? [volumeIn(folder, source)] : [],
		),
	];
	return {service, described, address, folder: own, port, path, here, environment, writable};
}

function serviceOf({services}: ComposeFile, name: string): Service {
	const service = services[name];
	if (service === undefined) throw new Error(`There is no service ${name}`);
	return service;
}

const tmpfsIn = (own: string, tmpfs: string) => join(own, 'tmpfs', (tmpfs.split(':')[0] ?? '').replaceAll('/', '_'));
const volumeIn = (folder: string, source: string) => join(folder, 'volumes', source);

/** Makes its volumes where they are missing, and its temporary file systems anew: they do not outlive a run. */
export async function makeFolders({described, folder, path}: Container): Promise<void> {
	await mkdir(folder, {recursive: true});
	for (const tmpfs of described.tmpfs) {
		const place = tmpfsIn(folder, tmpfs);
		await rm(place, {recursive: true, force: true});
		await mkdir(place, {recursive: true});
	}
	for (const {type, target} of described.volumes) {
		if (type === 'volume') await mkdir(path(target), {recursive: true});
	}
}
