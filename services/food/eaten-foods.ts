import type {Context} from '@hearth/host/plugin.js';
import {foodLogs} from './food-logs.js';

/** What a person has eaten lately, as of a version of their records; search lifts it. */
export interface Eaten {
	/** The latest first. */
	ids: string[];
	/** Pages of one search lift the same foods, whatever is logged between them. */
	as_of: number;
}
export const NOTHING_EATEN: Eaten = {ids: [], as_of: 0};

/** Logs that are looked at, and foods that are lifted. */
const LOGS = 200;
const MOST = 50;

/** The foods of a person's latest logs; with `as_of`, of those that were there then. */
export async function findEaten({db}: Pick<Context, 'db'>, user_id: string, as_of?: number): Promise<Eaten> {
	const rows = await db.as(user_id, tx =>
		tx.many<{food_id: string; version: number}>(
			`select food_id, max(version) as version from (
				select lower(data->>'food_id') as food_id, version from records.records
				where space_id = $1 and collection = $2 and deleted_at is null and version <= $3
				order by version desc limit ${LOGS}
			) as logs where food_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
			group by food_id order by version desc limit ${MOST}`,
			[user_id, foodLogs.name, as_of ?? Number.MAX_SAFE_INTEGER],
		),
	);
	return {ids: rows.map(({food_id}) => food_id), as_of: as_of ?? rows[0]?.version ?? 0};
}
