import {setTimeout as wait} from 'node:timers/promises';
import {AGAIN_MS, type Household, type KnownFood, type KnownProposal, type Person} from './household.js';
import type {Kind} from './ledger.js';
import type {Random} from './random.js';

// Of the queue, as much as an answer may hold.
const QUEUE_PAGE = 200;

/** What a person does once, with what must be answered. */
export type Action = (as: Person, random: Random) => Promise<void>;

/** Everything that somebody of the household does. */
export function actionsOf(household: Household): Record<Kind, Action> {
	return {
		search: async (as, random) => {
			const food = random.pick([...household.foods.values()]);
			if (food === undefined) return;
			const before = food.status;
			await household.ask(
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
			const food = random.pick([...household.foods.values()]);
			if (food === undefined) return;
			const {energy_kcal, editing, status} = food;
			await household.ask(as, {kind: 'read_food', method: 'GET', path: `/api/v1/foods/${food.id}`}, () => {
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
			const name = household.name('Food', random);
			const energy_kcal = household.next();
			// Half of the clients choose the id themselves; the others rely on the key alone.
			const id = random.number() < 0.5 ? uuidOf(random) : undefined;
			const write = household.write({
				kind: 'create_food',
				person: as.id,
				state: 'open',
				name,
				energy_kcal,
				food_id: null,
			});
			const asked = await household.insist(
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
			household.foods.set(asked.data.id, {
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
				[...household.foods.values()].filter(
					({author, status, editing}) => author === as.id && status === 'undecided' && !editing,
				),
			);
			if (food === undefined) return;
			const energy_kcal = household.next();
			food.editing = true;
			const write = household.write({kind: 'edit_food', person: as.id, state: 'open', food_id: food.id, energy_kcal});
			const asked = await household.insist(
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
			const food = random.pick([...household.foods.values()].filter(({status}) => status === 'verified'));
			if (food === undefined) return;
			const fiber_g = household.next();
			const write = household.write({
				kind: 'propose_edit',
				person: as.id,
				state: 'open',
				food_id: food.id,
				fiber_g,
				proposal_id: null,
			});
			const asked = await household.insist(
				as,
				{kind: 'propose_edit', method: 'PUT', path: `/api/v1/foods/${food.id}`, body: {nutrients: {fiber_g}}},
				write,
				() => ({status: [202], refusals: ['CONFLICT']}),
			);
			if (asked === null) return;
			write.proposal_id = asked.data.proposal_id;
			household.proposals.set(asked.data.proposal_id, {
				id: asked.data.proposal_id,
				food_id: food.id,
				status: 'undecided',
			});
		},
		list_queue: async as => {
			const undecided = (items: Iterable<KnownFood | KnownProposal>) =>
				[...items].filter(({status}) => status === 'undecided').map(({id}) => id);
			const decided = (items: Iterable<KnownFood | KnownProposal>) =>
				[...items].filter(({status}) => status === 'verified' || status === 'rejected').map(({id}) => id);
			const items = () => [...household.foods.values(), ...household.proposals.values()];
			const before = undecided(items());
			const excludes = decided(items());
			await household.ask(
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
				...[...household.foods.values()].filter(({editing}) => !editing).map(food => ({item: food, food})),
				...[...household.proposals.values()].map(item => ({item, food: household.foods.get(item.food_id)})),
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
			const write = household.write({
				kind: 'decide',
				person: as.id,
				state: 'open',
				item_id: item.id,
				food_id: food.id,
				decision,
			});
			const asked = await household.insist(
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
					const rivals = household.ledger.writes.some(
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
			const mine = [...household.pictures.values()].filter(({owner}) => owner === as.id);
			// Some press the button twice, and must get the picture that is there already.
			const again = random.number() < 0.15 ? random.pick(mine) : undefined;
			const picture = again ?? (await household.drawn(as));
			const {sha256, energy_kcal} = picture;
			const form = new FormData();
			form.append('image', new Blob([new Uint8Array(picture.jpeg)], {type: 'image/jpeg'}), 'label.jpg');
			const write = household.write({
				kind: 'upload',
				person: as.id,
				state: 'open',
				sha256,
				energy_kcal,
				image_id: null,
			});
			const asked = await household.insist(
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
			if (again === undefined) household.pictures.set(asked.data.id, {...picture, id: asked.data.id});
		},
		picture_status: async (as, random) => {
			const unread = [...household.pictures.values()].filter(({owner, read}) => owner === as.id && !read);
			const picture =
				(random.number() < 0.8 ? random.pick(unread) : undefined) ?? random.pick([...household.pictures.values()]);
			if (picture === undefined) return;
			const asked = await household.ask(
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
				[...household.pictures.values()].filter(({owner, read, used}) => owner === as.id && read && !used),
			);
			if (picture === undefined) return;
			picture.used = true;
			const name = household.name('Label', random);
			const write = household.write({
				kind: 'food_from_label',
				person: as.id,
				state: 'open',
				name,
				image_id: picture.id,
				food_id: null,
			});
			const {energy_kcal} = picture;
			const asked = await household.insist(
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
			household.foods.set(asked.data.id, {
				id: asked.data.id,
				name,
				author: as.id,
				energy_kcal,
				status: 'undecided',
				editing: false,
			});
		},
		open_picture: async (as, random) => {
			const picture = random.pick([...household.pictures.values()].filter(({owner}) => owner === as.id));
			if (picture === undefined) return;
			await household.ask(as, {kind: 'open_picture', method: 'GET', path: `/api/v1/images/${picture.id}`}, () => ({
				status: [200],
				content_type: 'image/jpeg',
			}));
		},
		open_app: async as => {
			await household.ask(as, {kind: 'open_app', method: 'GET', path: '/', anonymous: true}, () => ({
				status: [200],
				content_type: 'text/html',
			}));
		},
		log_in: async (as, random) => {
			const right = random.number() < 0.7;
			const {email} = as;
			const asked = await household.ask(
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
			if (asked.outcome === 'good') household.signedIn(as, asked);
		},
		refresh: async as => {
			const {refresh_token} = as;
			const began_ms = household.clock();
			for (let wait_ms = AGAIN_MS.first; ; wait_ms = Math.min(wait_ms * 2, AGAIN_MS.most)) {
				const first = household.clock() - began_ms;
				const asked = await household.ask(
					as,
					{kind: 'refresh', method: 'POST', path: '/api/v1/auth/refresh', anonymous: true, body: {refresh_token}},
					// Spent by a request whose answer was lost, a token is taken again for ten seconds, and then for a thief's.
					() => ({status: [200], has: {user: {id: as.id}}, refusals: first > 5000 ? ['UNAUTHENTICATED'] : []}),
				);
				if (asked.outcome === 'good') return household.signedIn(as, asked);
				if (asked.outcome === 'refused') return household.signInAgain(as);
				if (!household.running) return;
				await wait(wait_ms);
			}
		},
	};
}

function uuidOf(random: Random): string {
	const digits = Array.from({length: 32}, () => random.integer(16).toString(16));
	digits[12] = '4';
	digits[16] = '8';
	return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
