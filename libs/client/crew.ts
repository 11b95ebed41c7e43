import {v7 as uuidv7} from 'uuid';
import type {LiveEvent} from './live.js';
import type {Observable} from './observable.js';
import type {Changes, Replica} from './replica.js';
import type {Sync} from './sync.js';
import type {SyncStatus} from './sync-status.js';
import type {TabMessage, Tabs} from './tabs.js';

export interface CrewOptions {
	replica: Replica;
	sync: Sync;
	status: Observable<SyncStatus>;
	tabs: Tabs;
	tellLive: (event: LiveEvent) => void;
}

/** This tab among the others: one of them syncs for all, each may edit, and all see the same. */
export class Crew {
	readonly #options: CrewOptions;
	#leads = false;
	/** Changes are being passed on that another tab told of. */
	#relaying = false;
	readonly #awaited = new Map<string, () => void>();
	#started: Promise<void> = Promise.resolve();

	constructor(options: CrewOptions) {
		this.#options = options;
		const {replica, status, sync, tabs} = options;
		tabs.onMessage(message => this.#heard(message));
		replica.onChange(changes => {
			if (!this.#relaying) tabs.send({type: 'changed', changes: named(changes)});
			if (this.#leads) void sync.refresh();
		});
		status.subscribe(() => {
			if (this.#leads) tabs.send({type: 'status', status: status.get()});
		});
		tabs.send({type: 'hello'});
		tabs.lead(() => {
			this.#leads = true;
			this.#started = sync.start();
			// Whoever led before may have been asked and gone.
			for (const id of [...this.#awaited.keys()]) void this.#syncFor(id);
		});
	}

	edited(): void {
		if (this.#leads) this.#options.sync.edited();
		else this.#options.tabs.send({type: 'edited'});
		void this.counted();
	}

	wake(): void {
		if (this.#leads) this.#options.sync.wake();
		else this.#options.tabs.send({type: 'wake'});
	}

	/** What the status counts was changed here. */
	async counted(): Promise<void> {
		if (this.#leads) await this.#options.sync.refresh();
		else this.#options.tabs.send({type: 'counted'});
	}

	sync(): Promise<void> {
		const id = uuidv7();
		const done = new Promise<void>(resolve => {
			this.#awaited.set(id, resolve);
		});
		if (this.#leads) void this.#syncFor(id);
		else this.#options.tabs.send({type: 'sync', id});
		return done;
	}

	async close(): Promise<void> {
		this.#leads = false;
		await this.#started;
		await this.#options.sync.stop();
		this.#options.tabs.close();
		for (const resolve of this.#awaited.values()) resolve();
	}

	async #syncFor(id: string): Promise<void> {
		await this.#started;
		await this.#options.sync.sync();
		this.#options.tabs.send({type: 'status', status: this.#options.status.get()});
		this.#options.tabs.send({type: 'synced', id});
		this.#arrived(id);
	}

	#arrived(id: string): void {
		this.#awaited.get(id)?.();
		this.#awaited.delete(id);
	}

	#heard(message: TabMessage): void {
		const {replica, status, sync, tabs, tellLive} = this.#options;
		switch (message.type) {
			case 'changed':
				this.#relaying = true;
				replica.tell(new Map(message.changes.map(([name, ids]) => [name, ids === null ? 'all' : new Set(ids)])));
				this.#relaying = false;
				return;
			case 'live':
				tellLive(message.event);
				return;
			case 'status':
				if (!this.#leads) status.change(message.status);
				return;
			case 'synced':
				this.#arrived(message.id);
				return;
		}
		if (!this.#leads) return;
		if (message.type === 'hello') tabs.send({type: 'status', status: status.get()});
		else if (message.type === 'sync') void this.#syncFor(message.id);
		else if (message.type === 'edited') sync.edited();
		else if (message.type === 'wake') sync.wake();
		else void sync.refresh();
	}
}

const named = (changes: Changes): [string, string[] | null][] =>
	[...changes].map(([name, ids]) => [name, ids === 'all' ? null : [...ids]]);
