import {notFound} from '@hearth/host/errors.js';
import {type Context, respond, route, type User} from '@hearth/host/plugin.js';
import {type NutrientValues, nutrientValues} from '@hearth/nutrition/nutrients.js';
import type {Sql} from '@hearth/ports/database.js';
import {z} from 'zod';
import {lockOwn, user} from './account.js';
import {locale, personName, timeZone} from './account-fields.js';
import {type Asking, fromCall} from './asking.js';
import {auditRequest} from './audit-request.js';
import {changeProfile, getProfile, profileChanged, syncState} from './contract.js';

/** What people tell of themselves beside their account. */
const profile = user.extend({
	locale: z.string(),
	units: z.enum(['metric', 'imperial']),
	/** What a day should hold, per nutrient in the unit its key names. */
	daily_targets: nutrientValues,
	sync_enabled: z.boolean(),
});

const findProfile = (sql: Sql, id: string) =>
	sql.find<z.output<typeof profile>>(
		`select id, email, name, role, email_verified, household_id, household_role, time_zone, created_at,
			locale, units, daily_targets, sync_enabled from auth.users where id = $1`,
		[id],
	);

export const getMyProfile = route('GET', '/api/v1/users/me', {
	summary: 'Your account and profile',
	role: 'member',
	data: profile,
	handle: async ({user}, {db}) => {
		const found = await findProfile(db, user.id);
		if (found === null) throw notFound('account');
		return found;
	},
});

const changes = z.object({
	name: personName,
	time_zone: timeZone,
	locale,
	units: z.enum(['metric', 'imperial']),
	/** Replaces all of them. */
	daily_targets: nutrientValues,
	sync_enabled: z.boolean(),
});

const partialChanges = changes.partial();

/** Somebody changes their profile; what is not sent stays. */
export const changeMyProfile = route('PUT', '/api/v1/users/me', {
	summary: 'Change your profile; what is left out stays as it is',
	role: 'member',
	body: partialChanges,
	data: profile,
	handle: ({body, user, request}, context) => change(user, body, request, context),
});

async function change(
	user: Pick<User, 'id'>,
	body: z.output<typeof partialChanges>,
	request: Asking,
	{db, now, broadcast}: Context,
) {
	const changed = await db.transaction(async tx => {
		await lockOwn(tx, user);
		const fields = Object.keys(body);
		if (fields.length === 0) return findProfile(tx, user.id);
		await tx.run(
			`update auth.users set name = coalesce($2, name), time_zone = coalesce($3, time_zone), locale = coalesce($4, locale),
				units = coalesce($5, units), daily_targets = coalesce($6::jsonb, daily_targets),
				sync_enabled = coalesce($7, sync_enabled), updated_at = $8
			where id = $1`,
			[
				user.id,
				body.name ?? null,
				body.time_zone ?? null,
				body.locale ?? null,
				body.units ?? null,
				jsonOrNull(body.daily_targets),
				body.sync_enabled ?? null,
				new Date(now()),
			],
		);
		await tx.audit({
			action: 'user.profile_changed',
			actor_id: user.id,
			detail: {fields},
			request: auditRequest(request),
		});
		// May be lost: who remembers a profile asks again before long.
		tx.afterCommit(() => broadcast(profileChanged, {user_id: user.id}));
		return findProfile(tx, user.id);
	});
	if (changed === null) throw notFound('account');
	return changed;
}

const jsonOrNull = (targets: NutrientValues | undefined) => (targets === undefined ? null : JSON.stringify(targets));

export const answerSyncState = respond(syncState, async ({user_id}, {db}) => {
	const found = await db.find<{enabled: boolean}>('select sync_enabled as enabled from auth.users where id = $1', [
		user_id,
	]);
	return found ?? {enabled: true};
});

/** What other plugins are told of a profile. */
const toldOf = ({created_at, ...found}: z.output<typeof profile>) => ({...found, created_at: created_at.toISOString()});

export const answerProfile = respond(getProfile, async ({user_id}, {db}) => {
	const found = await findProfile(db, user_id);
	if (found === null) throw notFound('account');
	return toldOf(found);
});

export const answerChangeProfile = respond(changeProfile, async ({user_id, changes, asking}, context) =>
	toldOf(await change({id: user_id}, changes, fromCall(asking), context)),
);
