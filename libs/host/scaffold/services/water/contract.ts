import {event} from '@hearth/host/plugin.js';
import {z} from 'zod';

// All that other plugins may import: shapes, events and calls, and nothing that does anything.

/** Body of `POST /api/v1/water/glasses`. */
export const newGlass = z.object({
	/** The person's own day. */
	date: z.iso.date(),
	amount: z.int().min(1).max(100_000),
	note: z.string().min(1).max(500).nullable().default(null),
});

/** As every route answers it. The id names it on the API page. */
export const glass = newGlass
	.extend({id: z.uuid(), note: z.string().nullable(), created_at: z.date()})
	.meta({id: 'water_glass'});
export type Glass = z.output<typeof glass>;

/** Another plugin hears of it with `on(glassAdded, …)` among its subscriptions. */
export const glassAdded = event('water.glass_added', z.object({id: z.uuid(), user_id: z.uuid(), date: z.iso.date()}));
