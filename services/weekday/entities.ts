import {PublicError} from '@hearth/host/errors.js';
import type {Context} from '@hearth/host/plugin.js';
import type {Collection} from '@hearth/records/collection.js';

/** A kind of record of the weekday app's, which is the collection of that name. */
export interface Entity {
	name: string;
	/** Other names that its state on a device may go by. */
	aliases: readonly string[];
	/** What a payload means that is no object: `true` of a completion. */
	plain: string;
	/** Of a record a day and thing: what names the thing. */
	thing?: string;
}

export const entities: readonly Entity[] = [
	{name: 'schedule_blocks', aliases: ['scheduleBlocks', 'schedule', 'blocks'], plain: 'title'},
	{name: 'completion', aliases: ['completions', 'completed'], plain: 'done', thing: 'block_id'},
	{name: 'top3', aliases: ['topThree', 'top_three'], plain: 'items'},
	{name: 'mechanism', aliases: ['mechanisms'], plain: 'value'},
	{name: 'supplements', aliases: [], plain: 'name'},
	{
		name: 'supplement_log',
		aliases: ['supplementLog', 'supplementsLog', 'suppLog', 'supp_log'],
		plain: 'taken',
		thing: 'supplement_id',
	},
	{name: 'meals', aliases: [], plain: 'name'},
	{name: 'meal_log', aliases: ['mealLog', 'mealsLog'], plain: 'eaten', thing: 'meal_id'},
	{name: 'log_entries', aliases: ['logEntries', 'log', 'logs', 'entries'], plain: 'text'},
	{name: 'workout_programs', aliases: ['workoutPrograms', 'programs'], plain: 'name'},
	{name: 'workout_history', aliases: ['workoutHistory', 'workouts', 'history'], plain: 'name'},
	{name: 'settings', aliases: ['preferences'], plain: 'value'},
];

export const entityNames = entities.map(({name}) => name);

/** By its name, or one of its others. */
export const findEntity = (name: unknown): Entity | undefined =>
	entities.find(entity => entity.name === name || entity.aliases.some(alias => alias === name));

export function collectionOf({records}: Pick<Context, 'records'>, {name}: Entity): Collection {
	const collection = records.collections.get(name);
	if (collection === undefined) {
		throw new PublicError('UNAVAILABLE', `The part of Hearth that keeps ${name} is not installed here.`);
	}
	return collection;
}
