// What the tests use of PouchDB. The published types bring a version of Node's own that the rest of the house is not compiled against.

declare module 'pouchdb-core' {
	interface Written {
		ok: true;
		id: string;
		rev: string;
	}
	interface Progress {
		ok: boolean;
		docs_read: number;
		docs_written: number;
		doc_write_failures: number;
		errors: unknown[];
	}
	type Kept<Content> = Content & {_id: string; _rev: string; _conflicts?: string[]; _deleted?: boolean};
	interface ChangesOptions {
		since?: number | string;
		style?: 'all_docs' | 'main_only';
		limit?: number;
		include_docs?: boolean;
		conflicts?: boolean;
		doc_ids?: string[];
	}
	interface Replicating<Result> extends Promise<Result> {
		cancel(): void;
		on(event: 'change' | 'denied' | 'error' | 'paused' | 'active' | 'complete', hear: (what: unknown) => void): this;
	}
	interface ReplicateOptions {
		live?: boolean;
		retry?: boolean;
		batch_size?: number;
		doc_ids?: string[];
	}
	export class Database<Content extends object> {
		constructor(
			name: string,
			options: {adapter?: string; fetch?: (url: string | URL | Request, options?: RequestInit) => Promise<Response>},
		);
		static plugin(plugin: object): typeof Database;
		put(doc: Content & {_id: string; _rev?: string}): Promise<Written>;
		put(doc: Content & {_id: string; _rev?: string}, options: {force: boolean}): Promise<Written>;
		bulkDocs(
			docs: readonly (Content & {_id: string; _rev?: string})[],
			options?: {new_edits: boolean},
		): Promise<(Written | {id: string; error: unknown; reason?: string})[]>;
		get(id: string, options?: {rev?: string | undefined; conflicts?: boolean; revs?: boolean}): Promise<Kept<Content>>;
		remove(doc: {_id: string; _rev: string}): Promise<Written>;
		remove(id: string, rev: string): Promise<Written>;
		allDocs(options?: {
			include_docs?: boolean;
			keys?: string[];
			startkey?: string;
			endkey?: string;
			limit?: number;
		}): Promise<{total_rows: number; rows: {id: string; key: string; doc?: Kept<Content>; error?: string}[]}>;
		changes(options: ChangesOptions): Promise<{
			results: {id: string; seq: number | string; deleted?: boolean; changes: {rev: string}[]; doc?: Kept<Content>}[];
			last_seq: number | string;
		}>;
		info(): Promise<{db_name: string; doc_count: number; update_seq: number | string}>;
		sync(
			remote: Database<Content>,
			options?: ReplicateOptions,
		): Replicating<{push: Progress | undefined; pull: Progress | undefined}>;
		replicate: {
			to(remote: Database<Content>, options?: ReplicateOptions): Replicating<Progress>;
			from(remote: Database<Content>, options?: ReplicateOptions): Replicating<Progress>;
		};
		close(): Promise<void>;
	}
	export {Database as default};
}
declare module 'pouchdb-adapter-http' {
	const plugin: object;
	export default plugin;
}
declare module 'pouchdb-adapter-memory' {
	const plugin: object;
	export default plugin;
}
declare module 'pouchdb-replication' {
	const plugin: object;
	export default plugin;
}
