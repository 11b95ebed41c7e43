import {type UseQueryResult, useQuery, useQueryClient} from '@tanstack/react-query';
import {createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore} from 'react';
import type {Item} from '../edit-record.js';
import type {Where} from '../find-records.js';
import type {Hearth, RecordsOf, Shapes} from '../open-hearth.js';
import type {Data} from '../row.js';
import type {SyncStatus} from '../sync-status.js';

const Context = createContext<Hearth | null>(null);

const KEY = 'hearth';
// What is here is never stale: a change says so. And it needs no connection.
const LOCAL = {staleTime: Number.POSITIVE_INFINITY, networkMode: 'always', retry: false} as const;

/** Gives what is below it the client, and asks anew for what changed. Below a `QueryClientProvider`. */
export function HearthProvider<Collections extends Shapes>({
	client,
	children,
}: {
	client: Hearth<Collections>;
	children: ReactNode;
}) {
	const queries = useQueryClient();
	useEffect(() => {
		const stop = client.onChange(changes => {
			for (const [collection, ids] of changes) {
				void queries.invalidateQueries({queryKey: [KEY, collection, 'list']});
				if (ids === 'all') void queries.invalidateQueries({queryKey: [KEY, collection, 'one']});
				else for (const id of ids) void queries.invalidateQueries({queryKey: [KEY, collection, 'one', id]});
			}
		});
		// What was shown before belongs to another client, perhaps of another person.
		void queries.invalidateQueries({queryKey: [KEY]});
		return () => {
			stop();
			queries.removeQueries({queryKey: [KEY]});
		};
	}, [client, queries]);
	return <Context value={client as Hearth}>{children}</Context>;
}

export function useHearth(): Hearth {
	const client = useContext(Context);
	if (client === null) throw new Error('Above this there is no <HearthProvider>.');
	return client;
}

/** How sync is, what awaits the person, and a way to sync now. */
export function useSync(): SyncStatus & {sync: () => Promise<SyncStatus>} {
	const client = useHearth();
	const status = useSyncExternalStore(client.onStatus, client.status, client.status);
	return useMemo(() => ({...status, sync: client.sync}), [status, client]);
}

/** The records that fit, and new ones as soon as they come, from wherever. */
export function useRecords<Fields extends object = Data>(collection: string, where: Where<Fields> = {}) {
	const client = useHearth();
	return useQuery({
		...LOCAL,
		queryKey: [KEY, collection, 'list', where],
		queryFn: () => client.collection(collection).list(where) as Promise<Item<Fields>[]>,
	});
}

/** One record; null where there is none. */
export function useRecord<Fields extends object = Data>(collection: string, id: string) {
	const client = useHearth();
	return useQuery({
		...LOCAL,
		queryKey: [KEY, collection, 'one', id],
		queryFn: () => client.collection(collection).get(id) as Promise<Item<Fields> | null>,
	});
}

type Mutations<Fields> = Pick<RecordsOf<Fields>, 'create' | 'update' | 'delete'>;

/** To change records; each change is kept when its promise resolves, and shown then. */
export function useMutations<Fields extends object = Data>(collection: string): Mutations<Fields> {
	const client = useHearth();
	return useMemo(() => {
		const records = client.collection(collection);
		return {
			create: (data, options) => records.create(data, options) as Promise<Item<Fields>>,
			update: (id, patch) => records.update(id, patch) as Promise<Item<Fields>>,
			delete: id => records.delete(id),
		};
	}, [client, collection]);
}

interface HooksFor<Collections extends Shapes> {
	useHearth(): Hearth<Collections>;
	useRecords<Name extends keyof Collections & string>(
		collection: Name,
		where?: Where<Collections[Name]>,
	): UseQueryResult<Item<Collections[Name]>[]>;
	useRecord<Name extends keyof Collections & string>(
		collection: Name,
		id: string,
	): UseQueryResult<Item<Collections[Name]> | null>;
	useMutations<Name extends keyof Collections & string>(collection: Name): Mutations<Collections[Name]>;
}

/** The same hooks, which know an app's collections: `export const {useRecords} = hooksFor<MyCollections>()`. */
export const hooksFor = <Collections extends Shapes>() =>
	({useHearth, useRecords, useRecord, useMutations}) as HooksFor<Collections>;
