import {z} from 'zod';

// The columns of the app that syncs by WatermelonDB, named exactly as its schema names them, without units. They are wider than
// fields elsewhere and none is required: a push is one transaction, so a single refused value would keep a phone from ever syncing
// again. What bounds a text is the size of a record.

export const textColumn = z.string().max(1_000_000, 'must have at most 1,000,000 characters');

/** An id as the app made it; empty where the app has none. */
export const idColumn = z.string().max(256, 'must have at most 256 characters');

/** Of the exercise library, whose ids were numbers in that app. It gets back what it sent: a number that became text would be lost there. */
export const exerciseIdColumn = z.union([idColumn, z.number()], 'must be the id of an exercise');

/** In the unit the app counts in. */
export const amountColumn = z.number({error: 'must be a number'}).min(0, 'must not be negative');

/** What is lifted, in the unit of the person's `user_settings`; below zero where a machine or a band carries a part of the body. */
export const loadColumn = z.number({error: 'must be a number'});

export const orderColumn = z.number({error: 'must be a number'});

/** Epoch milliseconds, as WatermelonDB keeps times, or RFC 3339 where the app kept text. */
export const timeColumn = z.union([z.number(), z.string().max(64)], 'must be a time');
