import {randomUUID} from 'node:crypto';
import {aHouse, type HouseOptions, type Person, type TestHouse} from '@hearth/host/testing.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import type {ExecutionContext} from 'ava';
import packing from '../plugin.js';

export const aPackingHouse = (t: ExecutionContext, options: Partial<HouseOptions> = {}) =>
	aHouse(t, {plugins: [sync, planner, packing], ...options});

type Data = Record<string, unknown>;
export interface Change {
	id: string | number;
	entityType: string;
	entityId: string;
	operation: string;
	timestamp: number;
	data: Data;
	version?: number;
	deviceId: string;
}
export interface Conflict {
	local: Change;
	server: Change & {version: number};
}
interface Known {
	data: Data;
	version: number;
}

/** Asks as a client does; answers the status and the bare body. */
export async function ask(house: TestHouse, person: Person, method: string, path: string, body?: unknown) {
	const {status, body: answer} = await house.ask(method, `/compat/packing/${path}`, {as: person, body});
	return {status, ...JSON.parse(answer.toString('utf8'))};
}

/**
 * The sync service that the seed's page describes, as an app would write it: a queue of changes, push, pull, resolve. What it holds
 * by entity is what the person sees.
 */
export function anApp(
	house: TestHouse,
	person: Person,
	{
		list,
		whole = false,
	}: {list?: string /** Sends whole records in place of the changed fields. */; whole?: boolean} = {},
) {
	const deviceId = randomUUID();
	const known = new Map<string, Known>();
	let queue: Change[] = [];
	let since = 0;
	let loses = 0;
	const conflicts: Conflict[] = [];
	const write = (operation: string, entityType: string, entityId: string, data: Data) => {
		const key = `${entityType}/${entityId}`;
		const before = known.get(key);
		const after = {...before?.data, ...data};
		if (operation === 'delete') known.delete(key);
		else known.set(key, {data: after, version: before?.version ?? 0});
		queue.push({
			id: randomUUID(),
			entityType,
			entityId,
			operation,
			timestamp: Date.now(),
			data: whole ? after : data,
			version: before?.version ?? 0,
			deviceId,
		});
	};
	const app = {
		deviceId,
		conflicts,
		get queue() {
			return queue;
		},
		/** Of an entity, as the person sees it. */
		see: (key: string): Data | null => known.get(key)?.data ?? null,
		keys: () => [...known.keys()].sort(),
		create: (entityType: string, entityId: string, data: Data) => write('create', entityType, entityId, data),
		update: (entityType: string, entityId: string, data: Data) => write('update', entityType, entityId, data),
		remove: (entityType: string, entityId: string) => write('delete', entityType, entityId, {}),
		/** The next answer is lost on its way. */
		loseAnswer() {
			loses += 1;
		},
		async push() {
			const answer = await ask(house, person, 'POST', 'changes', {changes: queue});
			if (answer.status !== 200) throw new Error(JSON.stringify(answer));
			if (loses > 0) {
				loses -= 1;
				throw new Error('The answer was lost');
			}
			const done = new Set([...answer.accepted, ...answer.rejected]);
			conflicts.push(...answer.conflicts);
			for (const {local} of answer.conflicts) done.add(local.id);
			queue = queue.filter(({id}) => !done.has(id));
			return answer;
		},
		async pull() {
			const at = `since=${since}${list === undefined ? '' : `&list=${list}`}`;
			const answer = await ask(house, person, 'GET', `changes?${at}`);
			if (answer.status !== 200) throw new Error(JSON.stringify(answer));
			if (answer.reset) known.clear();
			for (const {entityType, entityId, operation, data, version} of answer.changes) {
				const key = `${entityType}/${entityId}`;
				if (operation === 'delete') known.delete(key);
				else known.set(key, {data, version});
			}
			since = answer.timestamp;
			await ask(house, person, 'POST', 'changes/ack', {changeIds: answer.changes.map(({id}: Change) => id)});
			return answer;
		},
		async sync() {
			if (queue.length > 0) await app.push();
			return app.pull();
		},
		/** As the person decides. */
		resolve(conflict: Conflict, how: 'keep-local' | 'keep-server') {
			const {local, server} = conflict;
			const key = `${local.entityType}/${local.entityId}`;
			if (server.operation === 'delete') known.delete(key);
			else known.set(key, {data: server.data, version: server.version});
			if (how === 'keep-server') return;
			queue.push({...local, id: randomUUID(), version: server.version});
		},
		setSince(to: number) {
			since = to;
		},
	};
	return app;
}
