import {notFound} from '@hearth/host/errors.js';
import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import type {Food} from './contract.js';
import {FOOD_COLUMNS} from './store-food.js';

// Who sees which food. Verified: everybody. Pending: its author, the author's household, moderators. Rejected: its author, moderators.

type Viewer = Pick<User, 'id' | 'role' | 'household_id'>;

export const isModerator = ({role}: Pick<User, 'role'>) => role === 'moderator' || role === 'admin';

/** Whether a person may see a food by its id; for lists, the SQL of search says the same with less. */
function maySee(user: Viewer, food: Food & {household_id: string | null}): boolean {
	if (food.status === 'verified' || isModerator(user) || food.created_by === user.id) return true;
	return food.status === 'pending' && food.household_id === user.household_id;
}

/** The food, if this person may see it; what was merged away answers the food it became, so that old references hold. */
export async function getVisibleFood(sql: Sql, user: Viewer, id: string): Promise<Food> {
	const row = await sql.find<Food & {household_id: string | null}>(
		`select ${FOOD_COLUMNS}, household_id from food.foods
		where id = coalesce((select merged_into from food.foods where id = $1), $1)`,
		[id],
	);
	if (row === null || !maySee(user, row)) throw notFound('food');
	const {household_id: _, ...food} = row;
	return food;
}

/** Those of the ids whose food this member may see, by id as it was asked. Which household is theirs is asked only where that decides. */
export async function findVisibleFoods(
	sql: Sql,
	user_id: string,
	ids: readonly string[],
	householdOf: () => Promise<string | null>,
): Promise<Map<string, Food>> {
	const rows = await sql.many<Food & {household_id: string | null; asked: string}>(
		`select asked, ${FOOD_COLUMNS}, household_id from unnest($1::uuid[]) as wanted(asked) join food.foods
		on id = coalesce((select merged.merged_into from food.foods merged where merged.id = asked), asked)`,
		[ids],
	);
	const isDecided = rows.every(({status, created_by}) => status !== 'pending' || created_by === user_id);
	const household_id = isDecided ? '' : ((await householdOf()) ?? '');
	const user = {id: user_id, role: 'member', household_id} as const;
	return new Map(rows.filter(row => maySee(user, row)).map(({asked, household_id: _, ...food}) => [asked, food]));
}
