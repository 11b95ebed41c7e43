import {Reply, type RequestInfo, route, type Transaction, type User} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {whence} from './audit-food.js';
import {type Food, food} from './contract.js';
import {NEWEST_FIRST, pageOf, readCursor, timePlace} from './cursor.js';
import {FOOD_COLUMNS} from './store-food.js';
import {getVisibleFood} from './visible-foods.js';

const params = z.object({id: z.uuid()});

export const listFavourites = route('GET', '/api/v1/foods/favourites', {
	summary: 'One’s favourite foods, the latest added first',
	role: 'member',
	query: z.object({
		limit: z.coerce.number().int().min(1).max(200).default(50),
		cursor: z.string().max(500).optional(),
	}),
	data: z.array(food),
	handle: async ({query: {limit, cursor}, user}, {db}) => {
		const [at, id] = cursor === undefined ? NEWEST_FIRST : readCursor(timePlace, cursor);
		const rows = await db.as(user.id, tx => favouritesPage(tx, user, new Date(at), id, limit + 1));
		const {shown, meta} = pageOf(rows, limit, last => [last.favoured_at.getTime(), last.favoured_id]);
		return new Reply(
			shown.map(({favoured_at: _, favoured_id: __, ...row}) => row),
			{meta},
		);
	},
});

/** Repeatable. */
export const addFavourite = route('PUT', '/api/v1/foods/:id/favourite', {
	summary: 'Make a food one of one’s favourites',
	role: 'member',
	params,
	status: 204,
	handle: ({params, user, request}, {db, now}) =>
		db.as(user.id, async tx => {
			const {id} = await getVisibleFood(tx, user, params.id);
			const added = await tx.run(
				'insert into food.favourites (user_id, food_id, created_at) values ($1, $2, $3) on conflict do nothing',
				[user.id, id, new Date(now())],
			);
			if (added === 1) await auditFavourite(tx, 'food.favourite_added', id, user, request);
		}),
});

/** Repeatable; also takes away what can no longer be seen. */
export const removeFavourite = route('DELETE', '/api/v1/foods/:id/favourite', {
	summary: 'A food is no longer one of one’s favourites',
	role: 'member',
	params,
	status: 204,
	handle: ({params: {id}, user, request}, {db}) =>
		db.as(user.id, async tx => {
			// Of what was merged, the list shows the food it became: that one is what a person takes away.
			const removed = await tx.run(
				`delete from food.favourites where user_id = $1
				and food_id in (select id from food.foods where id = $2 or merged_into = $2
					union select merged_into from food.foods where id = $2 and merged_into is not null)`,
				[user.id, id],
			);
			if (removed > 0) await auditFavourite(tx, 'food.favourite_removed', id, user, request);
		}),
});

type Row = Food & {favoured_at: Date; favoured_id: string};

const favouritesPage = (tx: Transaction, user: User, at: Date, id: string, limit: number) =>
	tx.many<Row>(
		`select ${FOOD_COLUMNS}, favoured_at, favoured_id from (
			select favourites.created_at as favoured_at, favourites.food_id as favoured_id, coalesce(merged_into, food_id) as shown_id
			from food.favourites join food.foods on foods.id = food_id
			where user_id = $1
				and not exists (select from food.favourites other where other.user_id = $1 and other.food_id = merged_into)
				and (favourites.created_at, food_id) < ($2::timestamptz, $3::uuid)
		) as favourite join food.foods on foods.id = shown_id
		where status = 'verified' or created_by = $1 or status = 'pending' and household_id = $4
		order by favoured_at desc, favoured_id desc limit $5`,
		[user.id, at, id, user.household_id, limit],
	);

const auditFavourite = (tx: Transaction, action: `food.${string}`, id: string, user: User, request: RequestInfo) =>
	tx.audit({
		action,
		actor_id: user.id,
		resource: {type: 'food', id},
		request: whence(request),
	});
