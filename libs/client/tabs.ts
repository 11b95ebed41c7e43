import type {LiveEvent} from './live.js';
import type {SyncStatus} from './sync-status.js';

/** The tabs of one browser that share a store. */
export interface Tabs {
	/** Calls back once it is this tab's turn to sync, which then stays so until it is closed. */
	lead(callback: () => void): void;
	/** To all other tabs. */
	send(message: TabMessage): void;
	onMessage(listener: (message: TabMessage) => void): void;
	close(): void;
}

export type TabMessage =
	/** Rows were changed in the store that all share; `null`: too many to name. */
	| {type: 'changed'; changes: [collection: string, ids: string[] | null][]}
	/** Of the one who leads. */
	| {type: 'status'; status: SyncStatus}
	| {type: 'live'; event: LiveEvent}
	/** To the one who leads: there is something to send; the person is back; do a round and answer. */
	| {type: 'edited' | 'wake' | 'counted'}
	| {type: 'sync'; id: string}
	| {type: 'synced'; id: string}
	/** A tab has opened, and wants to know the status. */
	| {type: 'hello'};

/** A process has its store to itself. */
export const alone: Tabs = {
	lead: callback => callback(),
	send() {},
	onMessage() {},
	close() {},
};
