import {canonicalJson, sameValue} from '../../canonical.js';
import {EMPTY_SUM, recordHash, shiftSum} from '../../checksum.js';
import type {Acknowledged, Device} from './device.js';
import type {MemorySpace} from './memory-store.js';
import {type Person, TALLY, type World} from './world.js';

/** What is wrong with how a run ended, in words; empty when every promise was kept. */
export function judge(world: World): string[] {
	return world.people.flatMap(person => {
		const space = world.store.space(person.space_id);
		return [
			...person.devices.flatMap(device => differences(device, space)),
			...gaps(space),
			...wrongSum(space),
			...person.acknowledged.flatMap(one => unaccounted(one, space)),
			...wrongTally(person, space),
			...foreignRows(person, space),
		];
	});
}

/** After the network has healed every device has what the server has. */
function differences({id, confirmed}: Device, {records}: MemorySpace): string[] {
	const live = [...records.values()].filter(({is_deleted}) => !is_deleted);
	const wrong = live
		.filter(({id: record_id, data, version}) => {
			const seen = confirmed.get(record_id);
			return seen === undefined || seen.version !== version || !sameValue(seen.data, data);
		})
		.map(({id: record_id}) => `${id} does not have ${record_id} as the server has it`);
	const ids = new Set(live.map(({id: record_id}) => record_id));
	const zombies = [...confirmed.keys()].filter(record_id => !ids.has(record_id));
	return [...wrong, ...zombies.map(record_id => `${id} still has ${record_id}, which the server has not`)];
}

/** Each version is one change, and each record is at its newest. */
function gaps({head, changes, records}: MemorySpace): string[] {
	const missing = Array.from({length: head.version}, (_, index) => index + 1).filter(version => !changes.has(version));
	const wrong = [...records.values()].filter(({id, collection, version}) => {
		const newest = [...changes.values()]
			.filter(({record_id, collection: of}) => record_id === id && of === collection)
			.at(-1);
		return newest?.version !== version;
	});
	return [
		...missing.map(version => `version ${version} is not in the log`),
		...wrong.map(({id, version}) => `${id} is at version ${version}, which is not its newest change`),
	];
}

function wrongSum({records, sums}: MemorySpace): string[] {
	const live = [...records.values()].filter(({is_deleted}) => !is_deleted);
	const sum = live.reduce((total, {id, version, data}) => total + recordHash(id, version, canonicalJson(data)), 0n);
	const kept = sums.get('things') ?? {count: 0, sum: EMPTY_SUM};
	return kept.count === live.length && kept.sum === shiftSum(EMPTY_SUM, sum)
		? []
		: [`the checksum kept of ${kept.count} records is not that of the ${live.length} there are`];
}

/** What a device was told is taken is visible, merged, in the log or in the conflicts. */
function unaccounted(
	{mutation, status}: Acknowledged,
	{changes, mutations, conflicts, records}: MemorySpace,
): string[] {
	const {id, record_id, op, data = {}} = mutation;
	if (status === 'rejected') return [`${id} was refused, though nothing was wrong with it`];
	const device_id = id.split('-')[0] ?? '';
	const known = mutations.get(`${device_id}\n${id}`);
	if (known === undefined) return [`${id} is not remembered`];
	const log = [...changes.values()];
	const own = log.filter(change => change.mutation_id === id && change.device_id === device_id);
	const conflict = conflicts.find(one => one.mutation_id === id && one.device_id === device_id);
	// What is in the tally is counted exactly, below.
	if (record_id === TALLY) return [];
	if (own.length > 1) return [`${id} was applied ${own.length} times`];
	if (op === 'delete') {
		const wasGone = log.some(change => change.record_id === record_id && change.op === 'delete');
		const wasThere = log.some(change => change.record_id === record_id && change.op === 'upsert');
		return own.length === 1 || conflict !== undefined || wasGone || !wasThere
			? []
			: [`the delete ${id} came to nothing`];
	}
	return Object.entries(data)
		.filter(([field, value]) => {
			const isWritten = own.some(change => change.data !== null && Object.hasOwn(change.data, field));
			const isKept = Object.hasOwn(known.lost ?? {}, field) || Object.hasOwn(conflict?.local ?? {}, field);
			// It was so already: then it is somewhere in the record's history.
			const was = log.some(change => change.record_id === record_id && holds(change.data?.[field], value));
			return !(isWritten || isKept || was || (value === null && records.has(`things\n${record_id}`)));
		})
		.map(([field]) => `${field} of ${id} is neither visible nor merged, logged or in conflict`);
}

/** The tally is never deleted, so it holds every change that was acknowledged, once. */
function wrongTally({acknowledged, tally}: Person, {records}: MemorySpace): string[] {
	const taken = new Set(acknowledged.map(({mutation}) => mutation.id));
	const counted = tally.filter(({mutation}) => taken.has(mutation.id));
	const total = counted.reduce((sum, {added}) => sum + added, 0);
	const removed = new Set(counted.flatMap(entry => entry.removed));
	const items = counted.flatMap(entry => entry.items).filter(item => !removed.has(item));
	const kept = records.get(`things\n${TALLY}`)?.data ?? {};
	const has = ((kept.items ?? []) as string[]).toSorted();
	return [
		...((kept.total ?? 0) === total ? [] : [`the tally is ${kept.total}, though ${total} was added`]),
		...(sameValue(has, items.toSorted())
			? []
			: [`the tally holds ${has.join()}, and should ${items.toSorted().join()}`]),
	];
}

function foreignRows({devices}: Person, {changes}: MemorySpace): string[] {
	const own = new Set(devices.map(({id}) => id));
	return [...changes.values()]
		.filter(({device_id}) => !own.has(device_id))
		.map(({version, device_id}) => `version ${version} was written by ${device_id}, which is another person’s`);
}

/** Texts that are combined hold each other. */
const holds = (kept: unknown, value: unknown): boolean =>
	sameValue(kept, value) || (typeof kept === 'string' && typeof value === 'string' && kept.includes(value));
