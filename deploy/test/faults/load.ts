import {createHash} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';
import {until} from '../../../libs/ports/contract/until.js';
import {labelJpeg} from '../../../services/vision/test/label-picture.js';
import {type Account, type Asked, ask, type Request} from './client.js';
import {type Expectation, Ledger, type Write} from './ledger.js';
import {Random} from './random.js';

// A household's busy evening: members who photograph, search and correct, and two moderators who decide. Each waits a little between
// what they do, asks again what was not answered, and knows what everybody was told, so that each answer can be judged.

/** What everybody may know of a food. */
interface KnownFood {
	id: string;
	name: string;
	author: string;
	energy_kcal: number;
	/** `undecided` until a moderator first tries, `deciding` until that is answered. */
	status: 'undecided' | 'deciding' | 'verified' | 'rejected';
	editing: boolean;
}

interface KnownProposal {
	id: string;
	food_id: string;
	status: KnownFood['status'];
}

interface KnownPicture {
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
const AGAIN_MS = {first: 200, most: 2000};
// A write that is asked for so long after the end of the storm stays open.
const GIVE_UP_MS = 150_000;
// Of the queue, as much as an answer may hold.
const QUEUE_PAGE = 200;

export class Load {
	readonly ledger = new Ledger();
	readonly #url: string;
	readonly #seed: number;
	readonly #people: readonly Person[];
	readonly #foods = new Map<string, KnownFood>();
	readonly #proposals = new Map<string, KnownProposal>();
	readonly #pictures = new Map<string, KnownPicture>();
	readonly #began_at = performance.now();
	#count = 0;
	#running = true;
	#give_up_at = Number.POSITIVE_INFINITY;
	#loops: Promise<void>[] = [];

	constructor(url: string, people: readonly Person[], seed: number) {
		this.#url = url;
		this.#people = people;
		this.#seed = seed;
	}

	/** Milliseconds since it began. */
	readonly clock = (): number => performance.now() - this.#began_at;

	start(): void {
		this.#loops = this.#people.map((person, n) => this.#live(person, new Random(this.#seed, `person ${n}`)));
	}

	/** Begins nothing more, and returns once every write is answered or given up. Throws the mistake of the load itself, if any. */
	async stop(): Promise<void> {
		this.#running = false;
		this.#give_up_at = this.clock() + GIVE_UP_MS;
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
				return [...this.#pictures.values()].every(({read}) => read);
			},
			GIVE_UP_MS,
		);
	}

	/** Milliseconds from now until the first good answer of each kind. Throws where one does not come at all. */
	async firstGood(prober: Person): Promise<Record<string, number>> {
		const random = new Random(this.#seed, 'first good');
		const began_ms = this.clock();
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
						return mine.some(({outcome}) => outcome === 'good');
					},
					GIVE_UP_MS,
				);
				first[kind] = this.clock() - began_ms;
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
		while (this.#running) {
			const action = person.role === 'moderator' ? random.weighted(MODERATOR) : random.weighted(MEMBER);
			await this.#actions[action](person, random);
			await wait(THINK_MS.least + random.number() * (THINK_MS.most - THINK_MS.least));
		}
	}

	readonly #actions: Record<
		keyof typeof MEMBER | keyof typeof MODERATOR,
		(as: Person, random: Random) => Promise<void>
	> = {
		search: async (as, random) => {
			const food = random.pick([...this.#foods.values()]);
			if (food === undefined) return;
			const before = food.status;
			await this.#ask(
				as,
				{kind: 'search', method: 'GET', path: `/api/v1/foods/search?q=${encodeURIComponent(food.name)}&limit=20`},
				() => {
					const seen = before === 'verified' || (food.author === as.id && food.status === 'undecided');
					const hidden = before === 'rejected' || (food.author !== as.id && food.status === 'undecided');
					return {status: [200], includes: seen ? [food.id] : [], excludes: hidden ? [food.id] : [], visible_to: as.id};
				},
			);
		},
		read_food: async (as, random) => {
			const food = random.pick([...this.#foods.values()]);
			if (food === undefined) return;
			const {energy_kcal, editing, status} = food;
			await this.#ask(as, {kind: 'read_food', method: 'GET', path: `/api/v1/foods/${food.id}`}, () => {
				const mine = food.author === as.id || as.role === 'moderator';
				if (!mine && food.status === 'undecided') return {status: [], refusals: ['NOT_FOUND']};
				// A rejected food is its author's and the moderators' alone; while it is being decided it may be either.
				if (!mine && status !== 'verified')
					return {status: food.status === 'rejected' && status === 'rejected' ? [] : [200], refusals: ['NOT_FOUND']};
				const unchanged = !editing && !food.editing && food.energy_kcal === energy_kcal;
				return {status: [200], has: {id: food.id, name: food.name, ...(unchanged && {nutrients: {energy_kcal}})}};
			});
		},
		create_food: async (as, random) => {
			const name = this.#name('Food', random);
			const energy_kcal = this.#next();
			// Half of the clients choose the id themselves; the others rely on the key alone.
			const id = random.number() < 0.5 ? uuidOf(random) : undefined;
			const write = this.#write({kind: 'create_food', person: as.id, state: 'open', name, energy_kcal, food_id: null});
			const asked = await this.#insist(
				as,
				{
					kind: 'create_food',
					method: 'POST',
					path: '/api/v1/foods',
					key: uuidOf(random),
					body: {...(id && {id}), name, nutrients: {energy_kcal}},
				},
				write,
				repeated => ({
					status: repeated && id !== undefined ? [200, 201] : [201],
					has: {name, created_by: as.id, status: 'pending', nutrients: {energy_kcal}, ...(id && {id})},
				}),
			);
			if (asked === null) return;
			write.food_id = asked.data.id;
			this.#foods.set(asked.data.id, {
				id: asked.data.id,
				name,
				author: as.id,
				energy_kcal,
				status: 'undecided',
				editing: false,
			});
		},
		edit_food: async (as, random) => {
			const food = random.pick(
				[...this.#foods.values()].filter(
					({author, status, editing}) => author === as.id && status === 'undecided' && !editing,
				),
			);
			if (food === undefined) return;
			const energy_kcal = this.#next();
			food.editing = true;
			const write = this.#write({kind: 'edit_food', person: as.id, state: 'open', food_id: food.id, energy_kcal});
			const asked = await this.#insist(
				as,
				{kind: 'edit_food', method: 'PUT', path: `/api/v1/foods/${food.id}`, body: {nutrients: {energy_kcal}}},
				write,
				() => ({status: [200], has: {id: food.id, nutrients: {energy_kcal}}}),
			);
			// Where nobody knows, it is left alone from now on.
			if (asked === null) return;
			food.energy_kcal = energy_kcal;
			food.editing = false;
		},
		propose_edit: async (as, random) => {
			const food = random.pick([...this.#foods.values()].filter(({status}) => status === 'verified'));
			if (food === undefined) return;
			const fiber_g = this.#next();
			const write = this.#write({
				kind: 'propose_edit',
				person: as.id,
				state: 'open',
				food_id: food.id,
				fiber_g,
				proposal_id: null,
			});
			const asked = await this.#insist(
				as,
				{kind: 'propose_edit', method: 'PUT', path: `/api/v1/foods/${food.id}`, body: {nutrients: {fiber_g}}},
				write,
				() => ({status: [202], refusals: ['CONFLICT']}),
			);
			if (asked === null) return;
			write.proposal_id = asked.data.proposal_id;
			this.#proposals.set(asked.data.proposal_id, {id: asked.data.proposal_id, food_id: food.id, status: 'undecided'});
		},
		list_queue: async as => {
			const undecided = (items: Iterable<KnownFood | KnownProposal>) =>
				[...items].filter(({status}) => status === 'undecided').map(({id}) => id);
			const decided = (items: Iterable<KnownFood | KnownProposal>) =>
				[...items].filter(({status}) => status === 'verified' || status === 'rejected').map(({id}) => id);
			const items = () => [...this.#foods.values(), ...this.#proposals.values()];
			const before = undecided(items());
			const excludes = decided(items());
			await this.#ask(
				as,
				{kind: 'list_queue', method: 'GET', path: `/api/v1/admin/foods/queue?limit=${QUEUE_PAGE}`},
				() => {
					const still = new Set(undecided(items()));
					// The longest waiting come first, so that only of a queue that fits in one page all must be there.
					return {
						status: [200],
						includes: before.length < QUEUE_PAGE - 20 ? before.filter(id => still.has(id)) : [],
						excludes,
					};
				},
			);
		},
		decide: async (as, random) => {
			const items = [
				...[...this.#foods.values()].filter(({editing}) => !editing).map(food => ({item: food, food})),
				...[...this.#proposals.values()].map(item => ({item, food: this.#foods.get(item.food_id)})),
			];
			// Two moderators with the same page open choose the same one now and then.
			const waiting = items.filter(
				({item}) => item.status === 'undecided' || (item.status === 'deciding' && random.number() < 0.3),
			);
			const chosen = waiting[random.integer(Math.min(4, waiting.length))];
			if (chosen?.food === undefined) return;
			const {item, food} = chosen;
			const decision = random.number() < 0.85 ? 'approve' : 'reject';
			item.status = 'deciding';
			const write = this.#write({
				kind: 'decide',
				person: as.id,
				state: 'open',
				item_id: item.id,
				food_id: food.id,
				decision,
			});
			const asked = await this.#insist(
				as,
				{
					kind: 'decide',
					method: 'POST',
					path: `/api/v1/admin/foods/${item.id}/${decision}`,
					key: uuidOf(random),
					body: decision === 'approve' ? {} : {reason: 'Not what is on the pack'},
				},
				write,
				repeated => {
					const rivals = this.ledger.writes.some(
						other => other !== write && other.kind === 'decide' && other.item_id === item.id,
					);
					return {
						status: [200],
						has: {id: food.id, ...(item === food && {status: decision === 'approve' ? 'verified' : 'rejected'})},
						refusals: rivals || repeated ? ['CONFLICT'] : [],
					};
				},
			);
			if (asked !== null) item.status = decision === 'approve' ? 'verified' : 'rejected';
		},
		upload: async (as, random) => {
			const mine = [...this.#pictures.values()].filter(({owner}) => owner === as.id);
			// Some press the button twice, and must get the picture that is there already.
			const again = random.number() < 0.15 ? random.pick(mine) : undefined;
			const picture = again ?? (await this.#drawn(as));
			const {sha256, energy_kcal} = picture;
			const form = new FormData();
			form.append('image', new Blob([new Uint8Array(picture.jpeg)], {type: 'image/jpeg'}), 'label.jpg');
			const write = this.#write({kind: 'upload', person: as.id, state: 'open', sha256, energy_kcal, image_id: null});
			const asked = await this.#insist(
				as,
				{kind: 'upload', method: 'POST', path: '/api/v1/images/upload', body: form},
				write,
				() => ({
					status: [202],
					...(again && {has: {id: again.id}}),
				}),
			);
			if (asked === null) return;
			write.image_id = asked.data.id;
			if (again === undefined) this.#pictures.set(asked.data.id, {...picture, id: asked.data.id});
		},
		picture_status: async (as, random) => {
			const unread = [...this.#pictures.values()].filter(({owner, read}) => owner === as.id && !read);
			const picture =
				(random.number() < 0.8 ? random.pick(unread) : undefined) ?? random.pick([...this.#pictures.values()]);
			if (picture === undefined) return;
			const asked = await this.#ask(
				as,
				{kind: 'picture_status', method: 'GET', path: `/api/v1/images/${picture.id}/status`},
				() =>
					picture.owner === as.id
						? {status: [200], has: {id: picture.id, ...(picture.read && {status: 'done'})}}
						: {status: [], refusals: ['NOT_FOUND']},
			);
			if (asked.outcome === 'good' && asked.data.status === 'done') picture.read = true;
		},
		food_from_label: async (as, random) => {
			const picture = random.pick(
				[...this.#pictures.values()].filter(({owner, read, used}) => owner === as.id && read && !used),
			);
			if (picture === undefined) return;
			picture.used = true;
			const name = this.#name('Label', random);
			const write = this.#write({
				kind: 'food_from_label',
				person: as.id,
				state: 'open',
				name,
				image_id: picture.id,
				food_id: null,
			});
			const {energy_kcal} = picture;
			const asked = await this.#insist(
				as,
				{
					kind: 'food_from_label',
					method: 'POST',
					path: `/api/v1/images/${picture.id}/food`,
					key: uuidOf(random),
					body: {name},
				},
				write,
				() => ({
					status: [201],
					has: {name, created_by: as.id, status: 'pending', image_id: picture.id, nutrients: {energy_kcal}},
				}),
			);
			if (asked === null) return;
			write.food_id = asked.data.id;
			this.#foods.set(asked.data.id, {
				id: asked.data.id,
				name,
				author: as.id,
				energy_kcal,
				status: 'undecided',
				editing: false,
			});
		},
		open_picture: async (as, random) => {
			const picture = random.pick([...this.#pictures.values()].filter(({owner}) => owner === as.id));
			if (picture === undefined) return;
			await this.#ask(as, {kind: 'open_picture', method: 'GET', path: `/api/v1/images/${picture.id}`}, () => ({
				status: [200],
				content_type: 'image/jpeg',
			}));
		},
		open_app: async as => {
			await this.#ask(as, {kind: 'open_app', method: 'GET', path: '/', anonymous: true}, () => ({
				status: [200],
				content_type: 'text/html',
			}));
		},
		log_in: async (as, random) => {
			const right = random.number() < 0.7;
			const {email} = as;
			const asked = await this.#ask(
				as,
				{
					kind: 'log_in',
					method: 'POST',
					path: '/api/v1/auth/login',
					anonymous: true,
					body: {email, password: right ? as.password : `${as.password}!`},
				},
				() => (right ? {status: [200], has: {user: {id: as.id, email}}} : {status: [], refusals: ['UNAUTHENTICATED']}),
			);
			if (asked.outcome === 'good') this.#signedIn(as, asked);
		},
		refresh: async as => {
			const {refresh_token} = as;
			const began_ms = this.clock();
			for (let wait_ms = AGAIN_MS.first; ; wait_ms = Math.min(wait_ms * 2, AGAIN_MS.most)) {
				const first = this.clock() - began_ms;
				const asked = await this.#ask(
					as,
					{kind: 'refresh', method: 'POST', path: '/api/v1/auth/refresh', anonymous: true, body: {refresh_token}},
					// Spent by a request whose answer was lost, a token is taken again for ten seconds, and then for a thief's.
					() => ({status: [200], has: {user: {id: as.id}}, refusals: first > 5000 ? ['UNAUTHENTICATED'] : []}),
				);
				if (asked.outcome === 'good') return this.#signedIn(as, asked);
				if (asked.outcome === 'refused') return this.#signInAgain(as);
				if (!this.#running) return;
				await wait(wait_ms);
			}
		},
	};

	async #signInAgain(as: Person): Promise<void> {
		const {email, password, id} = as;
		while (this.#running) {
			const asked = await this.#ask(
				as,
				{kind: 'log_in', method: 'POST', path: '/api/v1/auth/login', anonymous: true, body: {email, password}},
				() => ({status: [200], has: {user: {id}}}),
			);
			if (asked.outcome === 'good') return this.#signedIn(as, asked);
			await wait(AGAIN_MS.most);
		}
	}

	#signedIn(as: Person, {data}: Asked): void {
		as.access_token = data.access_token;
		as.refresh_token = data.refresh_token;
	}

	#ask(as: Person, request: Request, expected: () => Expectation): Promise<Asked> {
		return ask({url: this.#url, ledger: this.ledger, clock: this.clock}, as, request, expected);
	}

	/** Asks until there is an answer, as an app does that keeps what it was given to send. Null where it was refused or given up. */
	async #insist(
		as: Person,
		request: Request,
		write: Write,
		expected: (repeated: boolean) => Expectation,
	): Promise<Asked | null> {
		let repeated = false;
		for (let wait_ms = AGAIN_MS.first; ; wait_ms = Math.min(wait_ms * 2, AGAIN_MS.most)) {
			const asked = await this.#ask(as, request, () => {
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

	#write<W extends Write>(write: W): W {
		this.ledger.writes.push(write);
		return write;
	}

	/** A number that no other food has. */
	#next(): number {
		this.#count += 1;
		return this.#count / 10;
	}

	// Letters alone, so that no name is near another's.
	#name(what: string, random: Random): string {
		const word = () => Array.from({length: 9}, () => String.fromCharCode(97 + random.integer(26))).join('');
		return `${what} ${word()} ${word()}`;
	}

	async #drawn({id}: Person): Promise<KnownPicture> {
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

function uuidOf(random: Random): string {
	const digits = Array.from({length: 32}, () => random.integer(16).toString(16));
	digits[12] = '4';
	digits[16] = '8';
	return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
