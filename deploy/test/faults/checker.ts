import type {Ledger, Write} from './ledger.js';

// Compares what was acknowledged with what is there. Pure: a ledger and a state in, what is wrong out.

/** What is there once the storm is over and the work is done, as the database and the front door show it. */
export interface State {
	foods: {
		id: string;
		name: string;
		created_by: string;
		status: 'pending' | 'verified' | 'rejected';
		image_id: string | null;
		nutrients: Record<string, number>;
	}[];
	proposals: {id: string; food_id: string; created_by: string; status: string; edits: {nutrients?: unknown}}[];
	/** The history of the foods. */
	changes: {food_id: string; proposal_id: string | null; action: string}[];
	/** `reading` is what its owner is answered; null where it cannot be read. */
	pictures: {
		id: string;
		user_id: string;
		sha256: string;
		status: string;
		reading: Record<string, number> | null;
		/** Whether its bytes are there. */
		kept: boolean;
	}[];
	audit: {action: string; resource_id: string}[];
	/** Ids of verified foods that somebody else finds by their name. */
	found: string[];
	/** Work that nobody does any more. */
	left: {outbox: number; jobs: number; parked_jobs: number; parked_events: number};
}

export interface Finding {
	what: 'lost' | 'doubled' | 'unread' | 'wrong answer' | 'foreign' | 'changed' | 'stuck';
	detail: string;
}

/** Everything that is wrong; nothing where every promise was kept. */
export function check({attempts, writes}: Pick<Ledger, 'attempts' | 'writes'>, state: State): Finding[] {
	const findings: Finding[] = [];
	const find = (what: Finding['what'], detail: string) => void findings.push({what, detail});
	for (const {kind, person, path, sent_ms, outcome, why} of attempts) {
		if (outcome === 'wrong')
			find('wrong answer', `${kind} by ${person} at ${(sent_ms / 1000).toFixed(1)} s ${path} ${why}`);
	}
	checkFoods(writes, state, find);
	checkEdits(writes, state, find);
	checkDecisions(writes, state, find);
	checkPictures(writes, state, find);
	for (const [what, count] of Object.entries(state.left)) if (count > 0) find('stuck', `${what}: ${count}`);
	return findings;
}

type Find = (what: Finding['what'], detail: string) => void;
type Of<K extends Write['kind']> = Extract<Write, {kind: K}>;
const ofKind = <K extends Write['kind']>(writes: readonly Write[], ...kinds: K[]) =>
	writes.filter((write): write is Of<K> => kinds.includes(write.kind as K));

/** How often it may be there: exactly once where acknowledged, never where refused, and where nobody knows at most once. */
function checkCount(find: Find, {state}: Write, there: number, detail: string): void {
	if (state === 'acknowledged' && there === 0) find('lost', detail);
	if (state === 'refused' && there > 0) find('changed', `${detail}: refused, and done all the same`);
	if (there > 1) find('doubled', `${detail}: ${there} times`);
}

function checkFoods(writes: readonly Write[], {foods, audit}: State, find: Find): void {
	const created = ofKind(writes, 'create_food', 'food_from_label');
	const byName = groupBy(foods, ({name}) => name);
	const known = new Set(created.map(({name}) => name));
	for (const food of foods) if (!known.has(food.name)) find('foreign', `food ${food.name} that nobody sent`);
	for (const write of created) {
		const there = byName.get(write.name) ?? [];
		checkCount(find, write, there.length, `food ${write.name}`);
		for (const food of there) {
			if (food.created_by !== write.person)
				find('foreign', `food ${write.name} of ${write.person} is ${food.created_by}'s`);
			if (write.state === 'acknowledged' && there.length === 1 && food.id !== write.food_id)
				find('lost', `food ${write.name} was acknowledged as ${write.food_id} and is ${food.id}`);
			if (write.kind === 'food_from_label' && food.image_id !== write.image_id)
				find('changed', `food ${write.name} belongs to picture ${food.image_id}, not ${write.image_id}`);
			const entries = audit.filter(({action, resource_id}) => action === 'food.created' && resource_id === food.id);
			if (entries.length !== 1) find('changed', `food ${write.name} has ${entries.length} audit entries of its making`);
		}
	}
}

/** The last acknowledged value is there, or one that was asked after it and of which nobody knows. */
function checkEdits(writes: readonly Write[], {foods, proposals}: State, find: Find): void {
	const edits = groupBy(ofKind(writes, 'edit_food', 'create_food'), ({food_id}) => food_id);
	for (const food of foods) {
		const asked = edits.get(food.id) ?? [];
		if (asked.length === 0) continue;
		const last = asked.findLastIndex(({state}) => state === 'acknowledged');
		const may = asked.slice(Math.max(last, 0)).filter(({state}) => state !== 'refused');
		if (!may.some(({energy_kcal}) => energy_kcal === food.nutrients.energy_kcal)) {
			find(
				'lost',
				`food ${food.name} has ${food.nutrients.energy_kcal} kcal, not ${may.map(({energy_kcal}) => energy_kcal).join(' or ')}`,
			);
		}
	}
	for (const write of ofKind(writes, 'propose_edit')) {
		const there = proposals.filter(
			({food_id, edits: {nutrients}}) =>
				food_id === write.food_id && (nutrients as {fiber_g?: number} | undefined)?.fiber_g === write.fiber_g,
		);
		checkCount(find, write, there.length, `proposal of ${write.fiber_g} g fibre for ${write.food_id}`);
		for (const {id, created_by} of there) {
			if (created_by !== write.person) find('foreign', `proposal ${id} of ${write.person} is ${created_by}'s`);
		}
	}
}

function checkDecisions(writes: readonly Write[], {foods, proposals, changes, audit, found}: State, find: Find): void {
	const decisions = groupBy(ofKind(writes, 'decide'), ({item_id}) => item_id);
	const statuses = new Map([...foods, ...proposals].map(({id, status}) => [id, status]));
	const visible = new Set(found);
	for (const [item_id, asked] of decisions) {
		const status = statuses.get(item_id);
		const possible = asked.filter(({state}) => state !== 'refused').map(({decision}) => STATUS[decision]);
		const acknowledged = asked.filter(({state}) => state === 'acknowledged');
		for (const {decision} of acknowledged) {
			if (status !== STATUS[decision]) find('lost', `${item_id} was ${STATUS[decision]} and is ${status}`);
		}
		if (acknowledged.length > 1) find('doubled', `${item_id} was decided ${acknowledged.length} times`);
		if (status !== 'pending' && !possible.includes(status as 'verified' | 'rejected'))
			find('changed', `${item_id} is ${status}, which nobody decided`);
	}
	for (const {id, name, status} of foods) {
		const of = changes.filter(({food_id, proposal_id}) => food_id === id && proposal_id === null);
		const decided = of.filter(({action}) => action === 'approved' || action === 'rejected').length;
		if (decided > 1) find('doubled', `food ${name} was decided ${decided} times by its history`);
		if (decided !== (status === 'pending' ? 0 : 1))
			find('changed', `food ${name} is ${status} and has ${decided} decisions`);
		const entries = audit.filter(
			({action, resource_id}) => resource_id === id && (action === 'food.approved' || action === 'food.rejected'),
		).length;
		if (entries !== decided) find('changed', `food ${name}: ${decided} decisions and ${entries} audit entries of them`);
		if (status === 'verified' && !visible.has(id)) find('lost', `food ${name} is verified and others do not find it`);
	}
	for (const {id, status} of proposals) {
		const applied = changes.filter(({proposal_id, action}) => proposal_id === id && action === 'edited').length;
		if (applied > 1) find('doubled', `proposal ${id} was applied ${applied} times`);
		if (applied === 0 && status === 'verified') find('lost', `proposal ${id} was approved and never applied`);
	}
}
const STATUS = {approve: 'verified', reject: 'rejected'} as const;

function checkPictures(writes: readonly Write[], {pictures}: State, find: Find): void {
	const uploads = ofKind(writes, 'upload');
	const byContent = groupBy(pictures, ({user_id, sha256}) => `${user_id} ${sha256}`);
	const sent = new Map(uploads.map(write => [`${write.person} ${write.sha256}`, write]));
	for (const {id, user_id, sha256} of pictures)
		if (!sent.has(`${user_id} ${sha256}`)) find('foreign', `picture ${id} of ${user_id}, who did not send it`);
	for (const write of sent.values()) {
		const there = byContent.get(`${write.person} ${write.sha256}`) ?? [];
		checkCount(find, write, there.length, `picture ${write.image_id ?? write.sha256.slice(0, 8)}`);
		for (const {id, status, reading, kept} of there) {
			if (status !== 'done') find('unread', `picture ${id} is ${status}`);
			else if (reading === null) find('unread', `picture ${id} is done and has no reading`);
			else if (reading.energy_kcal !== write.energy_kcal)
				find('changed', `picture ${id} was read as ${reading.energy_kcal} kcal, not ${write.energy_kcal}`);
			if (!kept) find('lost', `the bytes of picture ${id}`);
			if (write.state === 'acknowledged' && id !== write.image_id)
				find('lost', `picture ${write.image_id} was acknowledged and is ${id}`);
		}
	}
}

function groupBy<T, Key>(items: readonly T[], keyOf: (item: T) => Key): Map<Key, T[]> {
	const groups = new Map<Key, T[]>();
	for (const item of items) {
		const group = groups.get(keyOf(item));
		if (group === undefined) groups.set(keyOf(item), [item]);
		else group.push(item);
	}
	return groups;
}
