import type {Replica, Step} from './replica.js';
import {type Cursor, cursorOf, type ReplicaState, readState, startedOver} from './replica-state.js';
import type {Requests} from './requests.js';
import {pulledUpTo, rebased, received} from './row.js';
import {scanDirty, scanRows} from './rows.js';
import type {PullAnswer} from './wire.js';

const PAGE_SIZE = 500;

/**
 * Brings the collections up to the server's newest version, page by page; a page's rows and its cursor are written together. Pages that
 * come late or twice change nothing. Answers which collections are complete for the first time since they started. With a `device_id` the
 * house notes that this device was there.
 */
export async function pull(replica: Replica, requests: Requests, device_id?: string): Promise<string[]> {
	const completed: string[] = [];
	// Whatever is behind the others (a collection that was added, or starts over) is brought up by itself, and is one with them then.
	const groups = grouped(await replica.read(readState), replica.collections);
	for (const group of groups) {
		for (;;) {
			const asked = await replica.read(readState);
			const since = Math.min(...group.map(name => cursorOf(asked, name).since));
			const page = await requests.ask<PullAnswer>('POST', '/sync/pull', {
				since,
				...(asked.epoch === null || since === 0 ? {} : {epoch: asked.epoch}),
				limit: PAGE_SIZE,
				collections: group,
				...(device_id === undefined ? {} : {device_id}),
			});
			if (page.has_more && page.next_since <= since)
				throw new Error('The server cut a page where the one before ended.');
			completed.push(...(await takePage(replica, group, asked, page)));
			if (!page.has_more) break;
		}
	}
	return completed;
}

function grouped(state: ReplicaState, collections: readonly string[]): string[][] {
	const groups = new Map<string, string[]>();
	for (const name of collections) {
		const {since, complete} = cursorOf(state, name);
		const key = complete === null ? `from ${since}` : 'complete';
		groups.set(key, [...(groups.get(key) ?? []), name]);
	}
	return [...groups.values()];
}

function takePage(replica: Replica, group: string[], asked: ReplicaState, page: PullAnswer): Promise<string[]> {
	return replica.write(async step => {
		await noteEpoch(step, page);
		const completed: string[] = [];
		const cursors = {...step.state.cursors};
		for (const collection of group) {
			const before = cursorOf(step.state, collection);
			// It started over while the page was on its way.
			if (before.generation !== cursorOf(asked, collection).generation) continue;
			await takeChanges(step, collection, before, page);
			const since = Math.max(before.since, page.next_since);
			cursors[collection] = {...before, since, complete: page.has_more ? before.complete : since};
			if (page.has_more) continue;
			await settleUpTo(step, collection, since);
			if (before.complete !== null) continue;
			await sweep(step, collection, before.generation);
			completed.push(collection);
		}
		step.setState({...step.state, cursors});
		return completed;
	});
}

async function takeChanges(step: Step, collection: string, {since, generation}: Cursor, {changes}: PullAnswer) {
	for (const change of changes) {
		if (change.collection !== collection || change.version <= since) continue;
		const at = {collection, id: change.record_id};
		const before = await step.row(at);
		const data = change.op === 'delete' ? null : change.data;
		step.setRow(at, before, received(before, data, change.version, generation));
	}
}

/** What was acknowledged below is part of the server's copies now, or had changed nothing. */
async function settleUpTo(step: Step, collection: string, version: number): Promise<void> {
	for (const at of await scanDirty(step.tx, collection)) {
		const before = await step.row(at);
		const after = pulledUpTo(before, version);
		if (after.queue.length < before.queue.length) step.setRow(at, before, after);
	}
}

/** What was here before the start over and did not come again is gone from the server. */
async function sweep(step: Step, collection: string, generation: number): Promise<void> {
	if (generation === 1) return;
	for (const [id, row] of await scanRows(step.tx, collection)) {
		if (row.data !== null && row.generation !== generation) step.setRow({collection, id}, row, {...row, data: null});
	}
}

/**
 * Another epoch: a backup was restored, and versions count anew from there. Cursors that speak of the old ones start over, and of what
 * waits here nobody knows any more on which version it was made.
 */
async function noteEpoch(step: Step, {epoch, latest_version}: PullAnswer): Promise<void> {
	const known = step.state.epoch;
	// A server that holds nothing yet has no epoch either.
	if (known === epoch || latest_version === 0) return;
	step.setState({...step.state, epoch});
	if (known === null) return;
	const cursors = Object.entries(step.state.cursors).map(([name, cursor]) => [
		name,
		cursor.since === 0 ? cursor : startedOver(cursor),
	]);
	step.setState({...step.state, cursors: Object.fromEntries(cursors)});
	for (const at of await scanDirty(step.tx)) {
		const before = await step.row(at);
		step.setRow(at, before, rebased(before, latest_version));
	}
}

/** Everything, or these collections, is pulled anew. What is here can be read meanwhile, and the queue stays. */
export function startOver(replica: Replica, collections?: readonly string[]): Promise<void> {
	return replica.write(async step => {
		const names = collections ?? Object.keys(step.state.cursors);
		const restarted = names.map(name => [name, startedOver(cursorOf(step.state, name))] as const);
		step.setState({...step.state, cursors: {...step.state.cursors, ...Object.fromEntries(restarted)}});
	});
}

/**
 * Tells the house up to which version this device has everything, so that it need not keep the deletes before. Of a device that has not
 * everything yet there is nothing to tell.
 */
export async function acknowledge(replica: Replica, requests: Requests, device_id: string): Promise<void> {
	const state = await replica.read(readState);
	const complete = replica.collections.map(name => cursorOf(state, name).complete ?? 0);
	const version = Math.min(...complete);
	if (complete.length > 0 && version > 0) await requests.ask('POST', '/sync/ack', {device_id, version});
}
