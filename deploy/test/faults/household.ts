import {createHash} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';
import {labelJpeg} from '../../../services/vision/test/label-picture.js';
import {type Account, type Asked, ask, type Request} from './client.js';
import {type Expectation, Ledger, type Write} from './ledger.js';
import type {Random} from './random.js';

/** What everybody may know of a food. */
export interface KnownFood {
	id: string;
	name: string;
	author: string;
	energy_kcal: number;
	/** `undecided` until a moderator first tries, `deciding` until that is answered. */
	status: 'undecided' | 'deciding' | 'verified' | 'rejected';
	editing: boolean;
}

export interface KnownProposal {
	id: string;
	food_id: string;
	status: KnownFood['status'];
}

export interface KnownPicture {
	id: string;
	owner: string;
	sha256: string;
	energy_kcal: number;
	jpeg: Buffer;
	read: boolean;
	/** A food was made of it. */
	used: boolean;
}

export interface Person extends Account {
	role: 'member' | 'moderator';
	password: string;
}

export const AGAIN_MS = {first: 200, most: 2000};
// A write that is asked for so long after the end of the storm stays open.
export const GIVE_UP_MS = 150_000;

/** What everybody was told, so that each answer can be judged, and how each of them asks. */
export class Household {
	readonly ledger = new Ledger();
	readonly foods = new Map<string, KnownFood>();
	readonly proposals = new Map<string, KnownProposal>();
	readonly pictures = new Map<string, KnownPicture>();
	readonly #url: string;
	readonly #seed: number;
	readonly #began_at = performance.now();
	#count = 0;
	#running = true;
	#give_up_at = Number.POSITIVE_INFINITY;

	constructor(url: string, seed: number) {
		this.#url = url;
		this.#seed = seed;
	}

	/** Milliseconds since it began. */
	readonly clock = (): number => performance.now() - this.#began_at;

	get running(): boolean {
		return this.#running;
	}

	/** From now on nobody begins anything, and what is asked again and again is given up some time. */
	end(): void {
		this.#running = false;
		this.#give_up_at = this.clock() + GIVE_UP_MS;
	}

	async signInAgain(as: Person): Promise<void> {
		const {email, password, id} = as;
		while (this.running) {
			const asked = await this.ask(
				as,
				{kind: 'log_in', method: 'POST', path: '/api/v1/auth/login', anonymous: true, body: {email, password}},
				() => ({status: [200], has: {user: {id}}}),
			);
			if (asked.outcome === 'good') return this.signedIn(as, asked);
			await wait(AGAIN_MS.most);
		}
	}

	signedIn(as: Person, {data}: Asked): void {
		as.access_token = data.access_token;
		as.refresh_token = data.refresh_token;
	}

	ask(as: Person, request: Request, expected: () => Expectation): Promise<Asked> {
		return ask({url: this.#url, ledger: this.ledger, clock: this.clock}, as, request, expected);
	}

	/** Asks until there is an answer, as an app does that keeps what it was given to send. Null where it was refused or given up. */
	async insist(
		as: Person,
		request: Request,
		write: Write,
		expected: (repeated: boolean) => Expectation,
	): Promise<Asked | null> {
		let repeated = false;
		for (let wait_ms = AGAIN_MS.first; ; wait_ms = Math.min(wait_ms * 2, AGAIN_MS.most)) {
			const asked = await this.ask(as, request, () => {
				const right = expected(repeated);
				// A key whose first request is still in work.
				return repeated && request.key !== undefined
					? {...right, refusals: [...(right.refusals ?? []), 'CONFLICT']}
					: right;
			});
			if (asked.outcome === 'good') {
				write.state = 'acknowledged';
				return asked;
			}
			const inWork = asked.outcome === 'refused' && /still in work/.test(String(asked.error?.message));
			if (asked.outcome === 'refused' && !inWork) {
				if (!repeated) write.state = 'refused';
				return null;
			}
			repeated = true;
			if (this.clock() > this.#give_up_at) return null;
			await wait(wait_ms);
		}
	}

	write<W extends Write>(write: W): W {
		this.ledger.writes.push(write);
		return write;
	}

	/** A number that no other food has. */
	next(): number {
		this.#count += 1;
		return this.#count / 10;
	}

	// Letters alone, so that no name is near another's.
	name(what: string, random: Random): string {
		const word = () => Array.from({length: 9}, () => String.fromCharCode(97 + random.integer(26))).join('');
		return `${what} ${word()} ${word()}`;
	}

	async drawn({id}: Person): Promise<KnownPicture> {
		this.#count += 1;
		const energy_kcal = 100 + (this.#count % 800);
		const energy_kj = Math.round(energy_kcal * 4.184);
		const jpeg = await labelJpeg({
			rows: [
				['Nutrition declaration', 'per 100 g'],
				['Energy', `${energy_kj} kJ`],
				['', `${energy_kcal} kcal`],
				['Fat', '7.2 g'],
				['Carbohydrate', '58.5 g'],
				['of which sugars', '0.9 g'],
				['Protein', '13.6 g'],
				['Salt', '0.03 g'],
			],
			mark: `${this.#seed} ${this.#count}`,
		});
		return {
			id: '',
			owner: id,
			sha256: createHash('sha256').update(jpeg).digest('hex'),
			energy_kcal,
			jpeg,
			read: false,
			used: false,
		};
	}
}
