import {randomUUID} from 'node:crypto';
import type {MutationResult} from '@hearth/records/apply.js';
import type {Collection} from '@hearth/records/collection.js';
import type {Data} from '@hearth/records/merge.js';
import {findRecord} from '@hearth/records/read.js';
import type {ExecutionContext} from 'ava';
import type {Context, Plugin} from './plugin.js';
import {aHouse} from './testing.js';

export interface Examples {
	/** With every field that the collection declares. */
	full: Data;
	/** With no field that it can do without. */
	minimal: Data;
	/** Values that a field must refuse, in a new record as in a change of the full one. */
	refused: [field: string, value: unknown][];
}

/**
 * Writes the examples of each of a plugin's collections through the door of a real house, and reads them back: every field of the
 * full one is stored as it was given, fields of a newer app too; what can be left out can be erased; what is refused changes nothing.
 */
export async function tryCollections(
	t: ExecutionContext,
	plugin: Plugin,
	examples: Readonly<Record<string, Examples>>,
) {
	const {collections = []} = plugin;
	t.deepEqual(Object.keys(examples).sort(), collections.map(({name}) => name).sort(), 'every collection has examples');
	const device = await aDevice(t, plugin);
	for (const collection of collections) {
		const given = examples[collection.name];
		if (given !== undefined) await tryCollection(t, device, collection, given);
	}
}

type Device = Awaited<ReturnType<typeof aDevice>>;

async function tryCollection(t: ExecutionContext, device: Device, {name, schema}: Collection, given: Examples) {
	const {full, minimal, refused} = given;
	const required = Object.keys(schema.shape).filter(field => schema.shape[field]?._zod.optin !== 'optional');
	t.deepEqual(Object.keys(full).sort(), Object.keys(schema.shape).sort(), `${name}: the full example has every field`);

	const whole = {...full, a_field_of_a_newer_app: {kept: ['as', 'it', 'came']}};
	t.like(await device.set(name, 'full', whole), {status: 'accepted'}, `${name}: the full example`);
	t.deepEqual(await device.read(name, 'full'), whole, `${name}: what is stored of the full example`);
	t.like(await device.set(name, 'minimal', minimal), {status: 'accepted'}, `${name}: the minimal example`);
	t.deepEqual(await device.read(name, 'minimal'), minimal, `${name}: what is stored of the minimal example`);

	for (const field of Object.keys(minimal)) {
		const {[field]: _, ...rest} = minimal;
		t.like(
			await device.set(name, `without ${field}`, rest),
			{status: 'rejected', code: 'VALIDATION_ERROR'},
			`${name} without ${field}`,
		);
	}
	for (const [field, value] of [...refused, ...required.map((one): [string, null] => [one, null])]) {
		const what = `${name}: ${field} ${JSON.stringify(value)}`;
		for (const [id, data] of [
			['new', {...minimal, [field]: value}],
			['full', {[field]: value}],
		] as const) {
			const result = await device.set(name, id, data);
			t.like(result, {status: 'rejected', code: 'VALIDATION_ERROR'}, what);
			t.regex(result?.status === 'rejected' ? result.message : '', new RegExp(`data\\.${field}\\b`), what);
		}
	}
	t.is(await device.read(name, 'new'), null, `${name}: what was refused is not there`);
	t.deepEqual(await device.read(name, 'full'), whole, `${name}: what was refused changed nothing`);

	const erasure = Object.fromEntries(
		Object.keys(full)
			.filter(field => !required.includes(field))
			.map(field => [field, null]),
	);
	t.like(await device.set(name, 'full', erasure), {status: 'accepted'}, `${name}: optional fields can be erased`);
}

/** A device of somebody new in a house with this plugin. */
export async function aDevice(t: ExecutionContext, plugin: Plugin) {
	const {house, person} = await aHouse(t, {plugins: [plugin]});
	return devicesOf(house.contextOf(plugin.name), (await person()).id);
}

/** A device of this person, and another, as close to the records as a plugin gets. */
export function devicesOf({records, db, now}: Context, space_id: string) {
	const device = (device_id: string) => ({
		/** Writes fields of a record; `base_version` is what the device has seen of it, by default all there is. */
		async set(
			collection: string,
			record_id: string,
			data: Data,
			{base_version = 'current', at_ms = now()}: {base_version?: number | 'current'; at_ms?: number} = {},
		): Promise<MutationResult | undefined> {
			const client_timestamp = new Date(at_ms).toISOString();
			const id = randomUUID();
			const mutation = {id, collection, record_id, op: 'upsert', data, base_version, client_timestamp} as const;
			return (await records.apply({space_id, actor_id: space_id, device_id, mutations: [mutation]})).results[0];
		},
		read: async (collection: string, record_id: string): Promise<Data | null> =>
			(await db.as(space_id, tx => findRecord(tx, space_id, collection, record_id)))?.data ?? null,
	});
	return {
		...device('phone'),
		other: device('tablet'),
		/** Every live record of a collection. */
		async all(collection: string): Promise<Data[]> {
			const rows = await db.as(space_id, tx =>
				tx.many<{data: Data}>(
					'select data from records.records where collection = $1 and deleted_at is null order by version',
					[collection],
				),
			);
			return rows.map(({data}) => data);
		},
	};
}
