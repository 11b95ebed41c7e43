import {readFileSync} from 'node:fs';
import {withPasswordOfFile} from '../../../libs/ports/password-file.js';
import type {Stack} from '../../dev/stack/stack.js';
import type {Fault, House} from './storm.js';

// What can go wrong with the house in parts: a process is killed, a server, the way to it, the object store's disk.

const SERVERS = ['postgres', 'redis', 'nats', 'minio'] as const;
// As over a bad tunnel: each answer of a server takes so much longer.
const SLOW_MS = 250;

/** Each fault that a stack can suffer. Services are those of its parts that are neither servers nor nginx. */
export function faultsOf({parts, toxics}: Stack): Fault[] {
	const services = Object.keys(parts).filter(
		name => name !== 'nginx' && !(SERVERS as readonly string[]).includes(name),
	);
	const killed = [...services, ...SERVERS].map((name): Fault => {
		const part = parts[name];
		if (part === undefined) throw new Error(`The stack has no part ${name}`);
		return {name: `kill ${name}`, begin: () => part.kill(), end: () => part.start()};
	});
	if (toxics === undefined) throw new Error('The stack must be started with faulty: true');
	const bad = SERVERS.flatMap((name): Fault[] => {
		const link = toxics[name];
		return [
			{name: `cut ${name}`, begin: () => link.cut(), end: () => link.restore()},
			{name: `hang ${name}`, begin: () => link.hang(), end: () => link.restore()},
			{name: `slow ${name}`, begin: () => link.slow(SLOW_MS), end: () => link.restore()},
		];
	});
	return [...killed, ...bad];
}

/** What the storm needs to know of the house that a stack is. */
export async function houseOf(stack: Stack): Promise<House> {
	return {url: stack.url, database_url: settingsOf(stack).DATABASE_URL, setup_code: await stack.setup_code()};
}

/** Where the servers are, as one of the services is told it, with the passwords. */
export function settingsOf({parts}: Stack): Record<'DATABASE_URL' | 'CACHE_URL' | 'BUS_URL' | 'OBJECTS_URL', string> {
	const pid = parts.food?.processes[0]?.pid;
	const environment = new Map(
		readFileSync(`/proc/${pid}/environ`, 'utf8')
			.split('\0')
			.map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
	);
	const given = (name: string) => {
		const url = environment.get(name);
		if (url === undefined) throw new Error(`The food service is given no ${name}`);
		return withPasswordOfFile(name, url);
	};
	return {
		DATABASE_URL: given('DATABASE_URL'),
		CACHE_URL: given('CACHE_URL'),
		BUS_URL: given('BUS_URL'),
		OBJECTS_URL: given('OBJECTS_URL'),
	};
}
