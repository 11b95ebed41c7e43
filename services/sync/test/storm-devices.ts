import {randomUUID} from 'node:crypto';
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

// Some devices in a process of their own, which is killed at any moment. What a device knows is in a file, written before anything is sent
// and after anything is answered, as a phone keeps it. Started anew it goes on; told `finish` it hands over what waits and ends.

interface Told {
	url: string;
	folder: string;
	seed: number;
	steps: number;
	devices: {id: string; token: string}[];
}

export interface DeviceState {
	/** Made here and not yet answered, oldest first. */
	queue: Record<string, unknown>[];
	/** Every mutation that was ever made here, and what it came to. */
	made: Record<string, string>;
	since: number;
	records: Record<string, {version: number; data: unknown}>;
	steps: number;
}

const told = JSON.parse(process.argv[2] ?? '{}') as Told;
const isLast = process.argv[3] === 'finish';

export const fileOf = (folder: string, id: string): string => path.join(folder, `${id}.json`);

/** mulberry32. */
export function randomOf(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

class Device {
	readonly #id: string;
	readonly #token: string;
	readonly #random: () => number;
	readonly state: DeviceState;

	constructor({id, token}: {id: string; token: string}, index: number) {
		this.#id = id;
		this.#token = token;
		const file = fileOf(told.folder, id);
		this.state = existsSync(file)
			? (JSON.parse(readFileSync(file, 'utf8')) as DeviceState)
			: {queue: [], made: {}, since: 0, records: {}, steps: 0};
		this.#random = randomOf(told.seed + index * 1_000 + this.state.steps);
	}

	/** Whole or not at all, whenever the process dies. */
	#keep(): void {
		const file = fileOf(told.folder, this.#id);
		writeFileSync(`${file}.new`, JSON.stringify(this.state));
		renameSync(`${file}.new`, file);
	}

	async live(): Promise<void> {
		while (this.state.steps < told.steps) {
			this.state.steps += 1;
			const dice = this.#random();
			if (dice < 0.5) this.#edit();
			else if (dice < 0.75) await this.#push();
			else await this.#pull();
			await sleep(this.#random() * 60);
		}
	}

	async finish(): Promise<void> {
		while (this.state.queue.length > 0) if (!(await this.#push())) await sleep(100);
		while (!(await this.#pull())) await sleep(100);
	}

	#edit(): void {
		const record_id = `r${Math.floor(this.#random() * 12)}`;
		const known = this.state.records[record_id];
		const isDelete = known !== undefined && this.#random() < 0.2;
		const field = ['title', 'text', 'decided'][Math.floor(this.#random() * 3)] ?? 'title';
		const id = randomUUID();
		this.state.queue.push({
			id,
			collection: 'notes',
			record_id,
			op: isDelete ? 'delete' : 'upsert',
			...(isDelete ? {} : {data: {[field]: `${this.#id} ${this.state.steps}`, items: [{id: this.state.steps}]}}),
			...(known === undefined ? {} : {base_version: known.version}),
			client_timestamp: new Date().toISOString(),
		});
		this.state.made[id] = '';
		this.#keep();
	}

	async #push(): Promise<boolean> {
		const mutations = this.state.queue.slice(0, 1 + Math.floor(this.#random() * 20));
		if (mutations.length === 0) return true;
		const answer = await this.#ask('/sync/push', {device_id: this.#id, mutations});
		if (answer === null) return false;
		const results: {id: string; status: string}[] = answer.results;
		for (const {id, status} of results) this.state.made[id] = status;
		this.state.queue = this.state.queue.filter(({id}) => !results.some(result => result.id === id));
		this.#keep();
		return true;
	}

	async #pull(): Promise<boolean> {
		for (;;) {
			const answer = await this.#ask('/sync/pull', {since: this.state.since, limit: 10});
			if (answer === null) return false;
			for (const {version, record_id, op, data} of answer.changes) {
				if (op === 'delete') delete this.state.records[record_id];
				else this.state.records[record_id] = {version, data};
			}
			this.state.since = answer.next_since;
			this.#keep();
			if (!answer.has_more) return true;
		}
	}

	/** Null where there is no answer: nothing is known then. */
	// biome-ignore lint/suspicious/noExplicitAny: two answers
	async #ask(at: string, body: object): Promise<any> {
		let answer: Response;
		try {
			answer = await fetch(`${told.url}/api/v1${at}`, {
				method: 'POST',
				headers: {authorization: `Bearer ${this.#token}`, 'content-type': 'application/json'},
				body: JSON.stringify(body),
				signal: AbortSignal.timeout(20_000),
			});
			// It may break off in the middle, too.
			const {data} = (await answer.json()) as {data?: unknown};
			if (answer.status === 200) return data;
		} catch {
			// The house was killed just now; it comes back.
			return null;
		}
		if (answer.status >= 500) return null;
		throw new Error(`${at} of ${this.#id}: ${answer.status}`);
	}
}

if (told.devices !== undefined) {
	const devices = told.devices.map((device, index) => new Device(device, index));
	await Promise.all(devices.map(device => (isLast ? device.finish() : device.live())));
	process.exit(0);
}
