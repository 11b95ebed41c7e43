import {setTimeout as wait} from 'node:timers/promises';
import {until} from '../../../libs/ports/contract/until.js';
import {actionsOf} from './actions.js';
import {GIVE_UP_MS, Household, type Person} from './household.js';
import type {Ledger} from './ledger.js';
import {Random} from './random.js';

// A household's busy evening: members who photograph, search and correct, and two moderators who decide. Each waits a little between
// what they do, asks again what was not answered, and knows what everybody was told, so that each answer can be judged.

const MEMBER = {
	search: 24,
	read_food: 12,
	create_food: 10,
	edit_food: 8,
	propose_edit: 5,
	upload: 2,
	picture_status: 10,
	food_from_label: 8,
	open_picture: 4,
	open_app: 5,
	log_in: 2,
	refresh: 2,
};
/** One of each service at least. */
const PROBES = ['log_in', 'search', 'picture_status', 'open_picture', 'open_app'] as const;
const MODERATOR = {decide: 30, list_queue: 14, search: 10, read_food: 8, refresh: 1};

const THINK_MS = {least: 50, most: 600};

export class Load {
	readonly ledger: Ledger;
	readonly clock: () => number;
	readonly #seed: number;
	readonly #people: readonly Person[];
	readonly #household: Household;
	readonly #actions: ReturnType<typeof actionsOf>;
	#loops: Promise<void>[] = [];

	constructor(url: string, people: readonly Person[], seed: number) {
		this.#people = people;
		this.#seed = seed;
		this.#household = new Household(url, seed);
		this.#actions = actionsOf(this.#household);
		this.ledger = this.#household.ledger;
		this.clock = this.#household.clock;
	}

	start(): void {
		this.#loops = this.#people.map((person, n) => this.#live(person, new Random(this.#seed, `person ${n}`)));
	}

	/** Begins nothing more, and returns once every write is answered or given up. Throws the mistake of the load itself, if any. */
	async stop(): Promise<void> {
		this.#household.end();
		await Promise.all(this.#loops);
	}

	/** Gives somebody who only looks a picture that is read, so that there is something of theirs to be asked for. */
	async prepare(prober: Person): Promise<void> {
		const random = new Random(this.#seed, 'prober');
		await this.#actions.upload(prober, random);
		await until(
			'the first picture is read',
			async () => {
				await this.#actions.picture_status(prober, random);
				return [...this.#household.pictures.values()].every(({read}) => read);
			},
			GIVE_UP_MS,
		);
	}

	/** Milliseconds from now until the first good answer of each kind. Throws where one does not come at all. */
	async firstGood(prober: Person): Promise<Record<string, number>> {
		const random = new Random(this.#seed, 'first good');
		const began_ms = this.#household.clock();
		const first: Record<string, number> = {};
		await Promise.all(
			PROBES.map(async kind => {
				await until(
					`${kind} is answered again`,
					async () => {
						const from = this.ledger.attempts.length;
						await this.#actions[kind](prober, random);
						const mine = this.ledger.attempts
							.slice(from)
							.filter(attempt => attempt.person === prober.id && attempt.kind === kind);
						// Another's picture is refused by the very part that is asked for.
						return mine.some(({outcome}) => outcome === 'good' || outcome === 'refused');
					},
					GIVE_UP_MS,
				);
				first[kind] = this.#household.clock() - began_ms;
			}),
		);
		return first;
	}

	/** Signs somebody in whose tokens the storm may have ended. */
	async enter(person: Person): Promise<void> {
		await until('somebody can sign in', async () => {
			const from = this.ledger.attempts.length;
			await this.#actions.log_in(person, new Random(from));
			return this.ledger.attempts.slice(from).some(({person: who, outcome}) => who === person.id && outcome === 'good');
		});
	}

	async #live(person: Person, random: Random): Promise<void> {
		while (this.#household.running) {
			const action = person.role === 'moderator' ? random.weighted(MODERATOR) : random.weighted(MEMBER);
			await this.#actions[action](person, random);
			await wait(THINK_MS.least + random.number() * (THINK_MS.most - THINK_MS.least));
		}
	}
}
