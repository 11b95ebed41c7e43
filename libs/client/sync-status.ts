export interface SyncStatus {
	/**
	 * `idle`: all done; `syncing`; `offline`: the server could not be reached; `waiting`: it refused, and is asked again later;
	 * `signed_out` and `disabled`: nothing is sent or fetched until `sync()` is called; `starting`: not tried yet.
	 */
	state: 'starting' | 'idle' | 'syncing' | 'offline' | 'waiting' | 'signed_out' | 'disabled';
	/** Mutations that the server does not have yet. */
	pending: number;
	/** Mutations that it refused, until they are dismissed or made anew. */
	rejected: number;
	/** Conflicts that await a choice. */
	conflicts: number;
	/** When something was last sent, and when everything was last fetched; null: never. RFC 3339. */
	last_push_at: string | null;
	last_pull_at: string | null;
	/** Why the last push or pull failed; null where it did not. */
	push_error: SyncError | null;
	pull_error: SyncError | null;
	/** Of `offline` and `waiting`: when it is tried again. RFC 3339. */
	retry_at: string | null;
	/** Whether changes by other devices are told at once, and not only found at the next look. */
	live: boolean;
	/** Collections whose copy here was found to differ from the server's; they were fetched anew. Until dismissed. */
	loss: {collections: string[]; found_at: string} | null;
}

export interface SyncError {
	/** The server's, or `UNREACHABLE`, `SIGNED_OUT`, `OTHER_USER`, `SYNC_DISABLED`, `UNKNOWN`. */
	code: string;
	message: string;
	at: string;
}

export const STARTING: SyncStatus = {
	state: 'starting',
	pending: 0,
	rejected: 0,
	conflicts: 0,
	last_push_at: null,
	last_pull_at: null,
	push_error: null,
	pull_error: null,
	retry_at: null,
	live: false,
	loss: null,
};
