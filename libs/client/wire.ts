import type {Data, Mutation} from './row.js';
import type {RecordId} from './rows.js';

// The shapes of /api/v1/sync.

export interface WireMutation {
	id: string;
	collection: string;
	record_id: string;
	op: 'upsert' | 'delete';
	data?: Data;
	base_version?: number;
	client_timestamp: string;
}

export interface PushAnswer {
	latest_version: number;
	epoch: string;
	rejected: {id: string; code: string; message: string}[];
	conflicts: {id: string; conflict_id: string; collection: string; record_id: string}[];
	results: {id: string; status: 'accepted' | 'merged' | 'duplicate' | 'conflict' | 'rejected'; version: number}[];
}

export interface Change {
	version: number;
	collection: string;
	record_id: string;
	op: 'upsert' | 'delete';
	data: Data | null;
}

export interface PullAnswer {
	changes: Change[];
	next_since: number;
	latest_version: number;
	epoch: string;
	has_more: boolean;
}

export interface ChecksumAnswer {
	version: number;
	epoch: string;
	collections: Record<string, {count: number; checksum: string}>;
}

export interface WireConflict {
	id: string;
	collection: string;
	record_id: string;
	/** What both began with; null where that is not known. */
	base: Data | null;
	/** What was sent and not taken; null for a delete. */
	local: Data | null;
	/** What is stored; null for a deleted record. */
	server: Data | null;
	fields: string[];
	created_at: string;
}

/** Made of what is stored and of nothing else, so that a mutation sent again has the same body. */
export const wireMutation = ({collection, id: record_id}: RecordId, mutation: Mutation): WireMutation => ({
	id: mutation.id,
	collection,
	record_id,
	op: mutation.op,
	...(mutation.data === undefined ? {} : {data: mutation.data}),
	...(mutation.base_version === undefined ? {} : {base_version: mutation.base_version}),
	client_timestamp: mutation.client_timestamp,
});
