import type pg from 'pg';

/**
 * One connection, made when somebody listens, that hears what any process of the database notifies. A lost one is replaced by `resume`,
 * which then tells every listener: some may have missed something.
 */
export function openListener({newClient, lost}: {newClient: () => pg.Client; lost: (error: unknown) => void}) {
	const listeners = new Map<string, ((payload: string | null) => void)[]>();
	let connection: Promise<pg.Client> | undefined;
	let closed = false;

	async function connect(): Promise<pg.Client> {
		const client = newClient();
		client.on('error', error => {
			connection = undefined;
			if (!closed) lost(error);
		});
		client.on('notification', ({channel, payload = ''}) => {
			for (const callback of listeners.get(channel) ?? []) callback(payload);
		});
		await client.connect();
		return client;
	}

	/** The connection, hearing all that is listened to. */
	async function hear(): Promise<void> {
		connection ??= connect();
		try {
			const client = await connection;
			for (const channel of listeners.keys()) await client.query(`listen ${channel}`);
		} catch (error) {
			connection = undefined;
			throw error;
		}
	}

	return {
		async listen(channel: string, callback: (payload: string | null) => void): Promise<void> {
			if (!/^[a-z][a-z_]{0,60}$/.test(channel))
				throw new TypeError(`Not the name of a channel: ${JSON.stringify(channel)}`);
			listeners.set(channel, [...(listeners.get(channel) ?? []), callback]);
			await hear();
		},
		/** The server is back. */
		resume(): void {
			if (listeners.size === 0 || closed) return;
			hear().then(() => {
				for (const callback of [...listeners.values()].flat()) callback(null);
			}, lost);
		},
		async close(): Promise<void> {
			closed = true;
			// One that could not be made was told to `lost`, and there is nothing of it to close.
			const client = await connection?.catch(() => undefined);
			await client?.end();
		},
	};
}
