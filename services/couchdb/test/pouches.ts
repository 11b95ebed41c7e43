import {randomUUID} from 'node:crypto';
import body from '@hearth/body/plugin.js';
import {aHouse, type Person, type TestHouse} from '@hearth/host/testing.js';
import planner from '@hearth/planner/plugin.js';
import sync from '@hearth/sync/plugin.js';
import type {ExecutionContext} from 'ava';
import http from 'pouchdb-adapter-http';
import memory from 'pouchdb-adapter-memory';
import PouchDB from 'pouchdb-core';
import replication from 'pouchdb-replication';
import couchdb from '../plugin.js';

PouchDB.plugin(memory).plugin(http).plugin(replication);

export type Doc = Record<string, unknown>;
export type Pouch = PouchDB<Doc>;

/** A house with the collections, and people’s devices: each a PouchDB of its own, and the house’s database as PouchDB sees it. */
export async function aPouchHouse(t: ExecutionContext, settings: {now?: () => number} = {}) {
	const house = await aHouse(t, {plugins: [couchdb, sync, body, planner], ...settings});
	return Object.assign(house, {
		device: () => aPouch(t),
		remote: (person: Person, name: string) => remoteOf(house, person, name),
	});
}

/** A device with nothing on it. */
export function aPouch(t: ExecutionContext): Pouch {
	const local: Pouch = new PouchDB<Doc>(randomUUID(), {adapter: 'memory'});
	t.teardown(() => local.close());
	return local;
}

/** `asks` sees every request, and may answer it itself. The house may move: after a restart it is at another port. */
export function remoteOf(
	house: Pick<TestHouse, 'url'>,
	{token}: Person,
	name: string,
	asks: (url: URL, go: () => Promise<Response>) => Promise<Response> = (_url, go) => go(),
): Pouch {
	const remote = new PouchDB<Doc>(`http://house.example/compat/couchdb/${encodeURIComponent(name)}`, {
		fetch: (at, options = {}) => {
			const {pathname, search} = new URL(String(at));
			const url = new URL(pathname + search, house.url);
			const headers = new Headers(options.headers);
			headers.set('Authorization', `Bearer ${token}`);
			return asks(url, () => fetch(url, {...options, headers}));
		},
	});
	// Its replicator asks for the number of changes, to tell its progress, and leaves a failure of that to nobody.
	const info = remote.info.bind(remote);
	remote.info = () => info().catch(() => ({db_name: name, doc_count: 0, update_seq: 0}));
	return remote;
}

/** Both directions at once, as PouchDB does; then what the house made of it. */
export async function replicate(local: Pouch, remote: Pouch) {
	const {push, pull} = await local.sync(remote);
	await local.replicate.from(remote);
	return {push, pull};
}

/** What a device shows of a document. */
export const read = (db: Pouch, id: string): Promise<Doc & {_rev: string; _conflicts?: string[]}> =>
	db.get(id, {conflicts: true});

/** Every document with all its leaves: equal on two devices that agree. */
export async function everything(db: Pouch): Promise<Doc> {
	const {results} = await db.changes({since: 0, style: 'all_docs'});
	const all: Doc = {};
	for (const {id, changes} of results) {
		for (const {rev} of changes) all[`${id} ${rev}`] = await db.get(id, {rev});
	}
	return all;
}
