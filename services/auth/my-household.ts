import {notFound} from '@hearth/host/errors.js';
import {respond, route} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';
import {getHousehold, getUsers} from './contract.js';

const member = z.object({
	id: z.uuid(),
	name: z.string(),
	email: z.string(),
	role: z.enum(['member', 'moderator', 'admin']),
	household_role: z.enum(['owner', 'member']),
	joined_at: z.date(),
});
const household = z.object({id: z.uuid(), created_at: z.date(), members: z.array(member)});

const findHousehold = (sql: Sql, userId: string) =>
	sql.find<{id: string; created_at: Date}>(
		'select id, created_at from auth.households where id = (select household_id from auth.users where id = $1)',
		[userId],
	);

export const getMyHousehold = route('GET', '/api/v1/households/me', {
	summary: 'Your household, its members and their roles',
	role: 'member',
	data: household,
	handle: ({user}, {db}) =>
		db.snapshot(async sql => {
			const found = await findHousehold(sql, user.id);
			if (found === null) throw notFound('household');
			const members = await sql.many(
				`select id, name, email, role, household_role, joined_at from auth.users
				where household_id = $1 order by household_role = 'owner' desc, joined_at, id`,
				[found.id],
			);
			return {...found, members};
		}),
});

export const answerHousehold = respond(getHousehold, async ({user_id}, {db}) => {
	const members = await db.many<{id: string; household_id: string}>(
		'select id, household_id from auth.users where household_id = (select household_id from auth.users where id = $1) order by id',
		[user_id],
	);
	const [first] = members;
	if (first === undefined) throw notFound('user');
	return {household_id: first.household_id, member_ids: members.map(({id}) => id)};
});

export const answerUsers = respond(getUsers, async ({ids}, {db}) => ({
	users: await db.many<{id: string; name: string; household_id: string}>(
		'select id, name, household_id from auth.users where id = any($1)',
		[ids],
	),
}));
