import {getHousehold} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, job, on} from '@hearth/host/plugin.js';
import {recordsChanged} from '@hearth/host/records.js';
import type {NutrientValues} from '@hearth/nutrition/nutrients.js';
import type {Sql} from '@hearth/ports/database.js';
import {readHistories, valuesSeen} from '@hearth/records/history.js';
import type {Data} from '@hearth/records/merge.js';
import type {Mutation} from '@hearth/records/mutation.js';
import {type Stamps, stampOf} from '@hearth/records/stamps.js';
import {z} from 'zod';
import type {Food} from './contract.js';
import {foodLogs} from './food-logs.js';
import {type Amount, nutrientsEaten, timesBasis, timesNutrients} from './nutrients-eaten.js';
import {findVisibleFoods} from './visible-foods.js';

// A log of a food that brings no nutrients is given those that the food has at that time, in the person's own change log. What a log
// brings is left alone, whatever becomes of it; what was filled in here goes with the log's quantity, from the same nutrients, so that
// a later correction of the food never changes a past diary.

/** Whoever has announced a log that has no nutrients; the log as it is now decides, so neither order nor repetition matters. */
export const fillInNutrients = on(recordsChanged, async ({space_id, collection, device_id, changes}, context) => {
	if (collection !== foodLogs.name || device_id === DEVICE) return;
	await fillIn(context, space_id, sql => readLogs(sql, 'id = any($2)', [space_id, changes.map(one => one.record_id)]));
});

/** A food that a phone made while it was away may come after the logs that name it. */
export const fillInForFood = job('food.fill_in_nutrients', z.object({user_id: z.uuid(), food_id: z.uuid()}), {
	handle: ({user_id, food_id}, _work, context) =>
		fillIn(context, user_id, sql => readLogs(sql, "lower(data->>'food_id') = $2", [user_id, food_id])),
});

/** Who writes here, in the place of a device. */
const DEVICE = 'house.food';
/** A log may change while its food is looked up; whoever changes one thing this often within milliseconds is no person. */
const ATTEMPTS = 5;

async function fillIn(context: Context, space_id: string, read: (sql: Sql) => Promise<Log[]>): Promise<void> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			await fillInOnce(context, space_id, read);
			return;
		} catch (error) {
			if (!(error instanceof LogChanged) || attempt === ATTEMPTS) throw error;
		}
	}
}

class LogChanged extends Error {
	override readonly name = 'LogChanged';
}

async function fillInOnce(context: Context, space_id: string, read: (sql: Sql) => Promise<Log[]>): Promise<void> {
	const {db, records, log} = context;
	const logs = (await db.as(space_id, async tx => withEarlier(tx, space_id, await read(tx)))).filter(isToFill);
	if (logs.length === 0) return;
	const foods = await findVisibleFoods(db, space_id, [...new Set(logs.map(({now}) => now.food_id))], () =>
		householdOf(context, space_id),
	);
	const mutations = logs.flatMap((one): Mutation[] => {
		const nutrients = nutrientsFor(one, foods);
		return nutrients === undefined ? [] : [mutationOf(one, nutrients)];
	});
	if (mutations.length === 0) return;
	const {results} = await records.apply({
		space_id,
		actor_id: space_id,
		device_id: DEVICE,
		mutations,
		check({base_version}, stored) {
			if (stored === null || stored.is_deleted || stored.version !== base_version) throw new LogChanged();
		},
	});
	// Amounts that are no food, such as a ton, give nutrients that cannot be.
	for (const result of results) if (result.status === 'rejected') log.warn({result}, 'nutrients do not fit a food log');
}

/** What this reads of a food log that names a food. */
const named = z.object({
	food_id: z.guid().toLowerCase(),
	quantity: z.number(),
	unit: z.enum(['g', 'ml', 'serving']),
});
type Named = z.output<typeof named>;

interface Log {
	id: string;
	version: number;
	data: Data;
	stamps: Stamps;
	now: Named;
	nutrients: NutrientValues | null;
	/** What it was when nutrients were filled in here; null where they were not, or nobody knows any more. */
	earlier: Named | null;
}

async function readLogs(sql: Sql, where: string, values: [space_id: string, unknown]): Promise<Log[]> {
	const rows = await sql.many<{id: string; version: number; data: Data; stamps: Stamps}>(
		`select id, version, data, field_versions as stamps from records.records
		where space_id = $1 and collection = 'food_logs' and deleted_at is null and ${where}`,
		values,
	);
	return rows.flatMap((row): Log[] => {
		const now = named.safeParse(row.data);
		const nutrients = (row.data.nutrients ?? null) as NutrientValues | null;
		return now.success ? [{...row, now: now.data, nutrients, earlier: null}] : [];
	});
}

/** To each log whose nutrients were filled in here, what it was then. */
async function withEarlier(sql: Sql, space_id: string, logs: Log[]): Promise<Log[]> {
	const filledAt = new Map(
		logs.flatMap(({id, data, stamps, nutrients, version}) => {
			const [since, device] = stampOf(stamps, data, 'nutrients') ?? [0, ''];
			return nutrients !== null && device === DEVICE ? [[id, {version, since}] as const] : [];
		}),
	);
	const histories = filledAt.size === 0 ? new Map() : await readHistories(sql, space_id, filledAt);
	return logs.map(log => {
		const since = filledAt.get(log.id)?.since;
		if (since === undefined) return log;
		const earlier = valuesSeen(log.data, histories.get(log.id) ?? [], since, DEVICE);
		return {...log, earlier: named.safeParse(earlier).data ?? null};
	});
}

const isToFill = ({nutrients, now, earlier}: Log): boolean =>
	nutrients === null || (earlier !== null && !isSameAmount(earlier, now));

const isSameAmount = (one: Named, other: Named): boolean =>
	one.food_id === other.food_id && one.quantity === other.quantity && one.unit === other.unit;

/** What the log should have; undefined where it stays as it is, null where what was filled in is of something else by now. */
function nutrientsFor(
	{nutrients, now, earlier}: Log,
	foods: ReadonlyMap<string, Food>,
): NutrientValues | null | undefined {
	const food = foods.get(now.food_id);
	const ofFood = food === undefined ? null : nutrientsEaten(food, now);
	const found = ofFood === null || Object.keys(ofFood).length === 0 ? null : ofFood;
	if (nutrients === null || earlier === null) return found ?? undefined;
	const ratio = earlier.food_id === now.food_id ? ratioOf(earlier, now, food) : null;
	return ratio === null ? found : timesNutrients(nutrients, ratio);
}

function ratioOf(earlier: Amount, now: Amount, food: Food | undefined): number | null {
	if (earlier.unit === now.unit) return earlier.quantity > 0 ? now.quantity / earlier.quantity : null;
	if (food === undefined) return null;
	const [before, after] = [timesBasis(food, earlier), timesBasis(food, now)];
	return before === null || after === null || before === 0 ? null : after / before;
}

const mutationOf = ({id, version}: Log, nutrients: NutrientValues | null): Mutation => ({
	// A version is one record's in its space.
	id: `nutrients-${version}`,
	collection: foodLogs.name,
	record_id: id,
	op: 'upsert',
	data: {nutrients},
	base_version: version,
	// Whatever a person says of it, whenever, is later.
	client_timestamp: new Date(0).toISOString(),
});

/** Null for somebody who is gone. */
async function householdOf({call}: Context, user_id: string): Promise<string | null> {
	try {
		return (await call(getHousehold, {user_id})).household_id;
	} catch (error) {
		if (error instanceof PublicError && error.code === 'NOT_FOUND') return null;
		throw error;
	}
}
