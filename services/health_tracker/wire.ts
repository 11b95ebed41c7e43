import type {Collection} from '@hearth/records/collection.js';
import {z} from 'zod';
import type {Entity} from './entities.js';
import {changedAt, type Row} from './read-rows.js';
import {outward} from './translate.js';

export const wireRecord = z.looseObject({
	id: z.string(),
	data: z.record(z.string(), z.unknown()),
	updated_at: z.string(),
});
export type WireRecord = z.output<typeof wireRecord>;

export function toWire(entity: Entity, collection: Collection, row: Row, user_id: string): WireRecord {
	const {id} = row;
	const data = outward(entity, collection, row.data);
	// The app finds its own records as it sent them; of another's it wants to know these two, or it cannot read them.
	const isForeign = !row.stamps.all[1].startsWith('health:');
	return {
		id,
		data: isForeign ? {id, userId: user_id, ...data} : data,
		updated_at: new Date(changedAt(row)).toISOString(),
	};
}
