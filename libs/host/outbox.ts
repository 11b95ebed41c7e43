import type {Bus} from '@hearth/ports/bus.js';
import type {Database, Transaction} from '@hearth/ports/database.js';
import type {Logger} from 'pino';
import {v7 as uuidv7} from 'uuid';
import {briefly} from './briefly.js';

interface Row {
	id: string;
	subject: string;
	payload: unknown;
}

const SWEEP_BATCH = 100;
// After a failed publish. Short first, since a restarted bus is back within seconds; then seldom, since its reconnection tells us too.
const RETRY_MS = {first: 1000, most: 60_000};

/**
 * Events leave with the transaction that wrote them: a row is written with the data, published after the commit, and deleted.
 * What a killed writer or a lost bus left behind goes out with the sweep, at start, on reconnection and after a failure.
 */
export class Outbox {
	readonly #database: Database;
	readonly #bus: Bus;
	readonly #log: Logger;
	#retry: NodeJS.Timeout | undefined;
	#retry_ms = RETRY_MS.first;
	#sweeping: Promise<void> | undefined;
	#closed = false;

	constructor(database: Database, bus: Bus, log: Logger) {
		this.#database = database;
		this.#bus = bus;
		this.#log = log;
	}

	/** Writes the message with the transaction's data; it goes out after the commit, at least once, always with the same id. */
	async add(tx: Transaction, subject: string, payload: unknown): Promise<void> {
		const row: Row = {id: uuidv7(), subject, payload};
		await tx.run('insert into platform.outbox (id, subject, payload) values ($1, $2, $3)', [
			row.id,
			subject,
			JSON.stringify(payload),
		]);
		tx.afterCommit(() => briefly(this.#send(row)));
	}

	async #send(row: Row): Promise<void> {
		try {
			await this.#bus.publish(row.subject, row.payload, {id: row.id});
			await this.#database.run('delete from platform.outbox where id = $1', [row.id]);
		} catch (error) {
			this.#log.warn(
				{err: error, subject: row.subject},
				'an event could not leave yet; it stays in the outbox and is tried again',
			);
			this.#sweepLater();
		}
	}

	/** Sends all that is left, at once. One sweep at a time; a failure is tried again later. */
	async sweep(): Promise<void> {
		this.#sweeping ??= this.#sweepAll().finally(() => {
			this.#sweeping = undefined;
		});
		return this.#sweeping;
	}

	async #sweepAll(): Promise<void> {
		try {
			while (!this.#closed && (await this.#sweepBatch()) === SWEEP_BATCH);
			this.#retry_ms = RETRY_MS.first;
		} catch (error) {
			this.#log.warn({err: error}, 'the outbox could not be emptied; tried again');
			this.#sweepLater();
		}
	}

	// Rows are deleted in the transaction that publishes them, so that a failure keeps them; `skip locked` shares the work.
	async #sweepBatch(): Promise<number> {
		return this.#database.transaction(async tx => {
			const rows = await tx.many<Row>(
				`delete from platform.outbox where id in (
					select id from platform.outbox order by id limit ${SWEEP_BATCH} for update skip locked
				) returning id, subject, payload`,
			);
			for (const row of rows) await this.#bus.publish(row.subject, row.payload, {id: row.id});
			return rows.length;
		});
	}

	#sweepLater(): void {
		if (this.#retry !== undefined || this.#closed) return;
		this.#retry = setTimeout(() => {
			this.#retry = undefined;
			void this.sweep();
		}, this.#retry_ms);
		this.#retry_ms = Math.min(this.#retry_ms * 2, RETRY_MS.most);
	}

	async close(): Promise<void> {
		this.#closed = true;
		clearTimeout(this.#retry);
		await this.#sweeping;
	}
}
