import {readFood} from '@hearth/food/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, type Route, route, type User} from '@hearth/host/plugin.js';
import type {NutrientValues} from '@hearth/nutrition/nutrients.js';
import {day} from '@hearth/records/fields.js';
import type {Data} from '@hearth/records/merge.js';
import {z} from 'zod';
import {succeeded, success} from './envelope.js';
import {MACROS, macrosOf} from './foods.js';
import type {Kind} from './kinds.js';
import {readRowsOfDay} from './read-rows.js';
import {changeRoutes, readAll} from './record-routes.js';
import {wireRecord} from './take-changes.js';
import {toWire} from './translate.js';

// The app's quantity says how many times the amount that a food's calories are for was eaten; `unit` says which amount that is, as the
// food's `basis` does. The house keeps grams, millilitres or servings.
const UNITS = {
	'100g': {unit: 'g', times: 100},
	'100ml': {unit: 'ml', times: 100},
	serving: {unit: 'serving', times: 1},
};

const MEALS = ['breakfast', 'lunch', 'dinner', 'snack'];
/** What stands for a meal of the app's own: its word is kept beside it, as `meal_label`. */
const OTHER_MEAL = 'snack';

// More digits than any scale has; fewer than a product of binary fractions shows.
const DIGITS = 12;
const rounded = (value: number) => Number(value.toPrecision(DIGITS));

const kept = (unit: unknown) => Object.entries(UNITS).find(([name, {unit: ours}]) => unit === name || unit === ours);

export const foodLogs: Kind = {
	path: 'food-logs',
	what: 'food log',
	collection: 'food_logs',
	names: {},
	parts: Object.fromEntries(Object.entries(MACROS).map(([name, key]) => [name, `nutrients.${key}`])),
	columns: {
		food_id: null,
		quantity: 0,
		unit: 'serving',
		meal_type: null,
		date: null,
		calories: null,
		protein: null,
		carbs: null,
		fat: null,
	},
	outward({nutrients, meal_label, quantity, unit, meal_type, ...others}) {
		const [name, {times}] = kept(unit) ?? ['serving', UNITS.serving];
		return {
			...others,
			unit: name,
			quantity: typeof quantity === 'number' ? rounded(quantity / times) : 0,
			meal_type: meal_type === OTHER_MEAL ? (meal_label ?? meal_type) : meal_type,
			...macrosOf((nutrients ?? {}) as NutrientValues),
		};
	},
	inward({calories, protein, carbs, fat, quantity, unit, meal_type, date, ...others}, {stored}) {
		const data: Data = {...others};
		const amounts = Object.entries({calories, protein, carbs, fat}).filter(([, value]) => value !== undefined);
		if (amounts.length > 0) {
			const eaten = Object.fromEntries(amounts.map(([macro, value]) => [MACROS[macro as keyof typeof MACROS], value]));
			const all = Object.entries({...(stored?.nutrients as Data | undefined), ...eaten});
			data.nutrients = Object.fromEntries(all.filter(([, value]) => value !== null));
		}
		if (quantity !== undefined || unit !== undefined) {
			const before = stored === null ? null : (foodLogs.outward?.(stored) ?? null);
			const known = kept(unit ?? before?.unit ?? '100g');
			const given = quantity ?? before?.quantity;
			// In the house's own units it is what it is; a unit that nobody knows is for the records to refuse.
			const isOurs = known === undefined || unit === known[1].unit;
			data.unit = known?.[1].unit ?? unit;
			data.quantity = typeof given === 'number' && !isOurs ? rounded(given * known[1].times) : given;
		}
		if (meal_type !== undefined || stored === null) {
			const meal = typeof meal_type === 'string' ? meal_type.trim().toLowerCase() : OTHER_MEAL;
			const isKnown = MEALS.includes(meal);
			data.meal_type = isKnown ? meal : OTHER_MEAL;
			if (!isKnown) data.meal_label = String(meal_type).slice(0, 50);
			else if ((stored?.meal_label ?? null) !== null) data.meal_label = null;
		}
		if (date !== undefined)
			data.date = typeof date === 'string' && /^\d{4}-\d\d-\d\dT/.test(date) ? date.slice(0, 10) : date;
		return data;
	},
};

/** Of a log that says no unit, its food's: what the app multiplied. */
async function withUnit(sent: Data, {id, role, household_id}: User, {call}: Context): Promise<Data> {
	const {food_id, unit} = sent;
	if ((unit ?? null) !== null || !z.uuid().safeParse(food_id).success) return sent;
	try {
		const food = await call(readFood, {user: {id, role, household_id}, id: String(food_id)});
		return {...sent, unit: food.basis};
	} catch (error) {
		// A food that comes later, or is not seen: the house's own default.
		if (error instanceof PublicError && (error.code === 'UNAVAILABLE' || error.code === 'NOT_FOUND')) return sent;
		throw error;
	}
}

const listFoodLogs = route('GET', '/compat/modi/api/v1/food-logs', {
	summary: 'Modi: list food logs, all or of one day',
	role: 'member',
	query: z.looseObject({date: day.optional()}),
	data: success(z.array(wireRecord)),
	handle: async ({query: {date}, user}, {db}) => {
		const logs = await db.snapshot(async sql => {
			if (date === undefined) return readAll(sql, user, foodLogs);
			const rows = await readRowsOfDay(sql, user.id, foodLogs.collection, date);
			return rows.map(row => toWire(foodLogs, row, user.id));
		}, user.id);
		return succeeded(logs);
	},
});

export const foodLogRoutes: Route[] = [listFoodLogs, ...changeRoutes(foodLogs, withUnit)];
