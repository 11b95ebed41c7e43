import {asOwner} from '../../../libs/ports/drivers/postgres.js';
import type {State} from './checker.js';
import type {Person} from './household.js';

/** What is there: rows as the database's owner sees them, and what people are shown through the front door. */
export async function readState(
	url: string,
	database_url: string,
	people: readonly Person[],
	outsider: Person,
): Promise<State> {
	const rows = await asOwner(database_url, async sql => ({
		foods: await sql.many<State['foods'][number]>(
			`select id, name, created_by, status, image_id, nutrients from food.foods where source in ('user', 'label')`,
		),
		proposals: await sql.many<State['proposals'][number]>(
			'select id, food_id, created_by, status, edits from food.proposals',
		),
		changes: await sql.many<State['changes'][number]>('select food_id, proposal_id, action from food.history'),
		pictures: await sql.many<Pick<State['pictures'][number], 'id' | 'user_id' | 'sha256' | 'status'>>(
			`select id, user_id, encode(sha256, 'hex') as sha256, status from vision.images`,
		),
		audit: await sql.many<State['audit'][number]>(
			`select action, resource_id from platform.audit where action like 'food.%'`,
		),
		left: await sql.one<State['left']>(LEFT),
	}));
	const tokens = new Map(people.map(({id, access_token}) => [id, access_token]));
	const get = (path: string, token: string | undefined) =>
		fetch(url + path, {headers: {authorization: `Bearer ${token}`}, signal: AbortSignal.timeout(30_000)});
	const pictures: State['pictures'] = [];
	for (const picture of rows.pictures) {
		const token = tokens.get(picture.user_id);
		const result = await get(`/api/v1/images/${picture.id}/result`, token);
		const {data} = (await result.json()) as {data?: {fields: Record<string, number>}};
		const bytes = Buffer.from(await (await get(`/api/v1/images/${picture.id}`, token)).arrayBuffer());
		pictures.push({
			...picture,
			reading: data?.fields ?? null,
			kept: bytes.subarray(0, 3).equals(JPEG) && bytes.subarray(-2).equals(JPEG_END),
		});
	}
	const found: string[] = [];
	for (const {id, name} of rows.foods.filter(({status}) => status === 'verified')) {
		const answer = await get(`/api/v1/foods/search?q=${encodeURIComponent(name)}`, outsider.access_token);
		const {data = []} = (await answer.json()) as {data?: {id: string}[]};
		if (data.some(other => other.id === id)) found.push(id);
	}
	return {...rows, pictures, found};
}

const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const JPEG_END = Buffer.from([0xff, 0xd9]);

const LEFT = `select (select count(*) from platform.outbox) as outbox,
	(select count(*) from platform.jobs where state <> 'parked') as jobs,
	(select count(*) from platform.jobs where state = 'parked') as parked_jobs,
	(select count(*) from platform.parked_events) as parked_events`;

/** How much of what was begun has not come to its end. */
export function countUndone(database_url: string): Promise<number> {
	return asOwner(database_url, async sql => {
		const {outbox, jobs} = await sql.one<State['left']>(LEFT);
		return outbox + jobs;
	});
}
