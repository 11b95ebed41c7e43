import {randomBytes} from 'node:crypto';
import type {Person} from './household.js';

interface SignedIn {
	user: {id: string};
	access_token: string;
	refresh_token: string;
}

/** Makes the accounts through the front door: the admin by the setup code, who moderates, then others, each in a household of their own. */
export async function makePeople(
	url: string,
	setup_code: string | undefined,
	wanted: {members: number; moderators: number},
): Promise<{members: Person[]; moderators: Person[]}> {
	const password = randomBytes(9).toString('hex');
	const ask = async (method: string, path: string, body: unknown, as?: Person) => {
		const response = await fetch(url + path, {
			method,
			headers: {'content-type': 'application/json', ...(as && {authorization: `Bearer ${as.access_token}`})},
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(30_000),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
		return (JSON.parse(text) as {data: SignedIn}).data;
	};
	const enter = async (path: string, body: {email: string}, role: Person['role']): Promise<Person> => {
		const {user, access_token, refresh_token} = await ask('POST', `/api/v1/auth/${path}`, {...body, password});
		return {id: user.id, email: body.email, password, role, access_token, refresh_token};
	};
	const admin = await enter(
		'register',
		{email: 'moderator0@example.org', ...(setup_code !== undefined && {setup_code})},
		'moderator',
	);
	const moderators = [admin];
	for (let n = 1; n < wanted.moderators; n++) {
		const email = `moderator${n}@example.org`;
		const {id} = await enter('register', {email}, 'moderator');
		await ask('PUT', `/api/v1/admin/users/${id}`, {role: 'moderator'}, admin);
		moderators.push(await enter('login', {email}, 'moderator'));
	}
	const members: Person[] = [];
	for (let n = 0; n < wanted.members; n++)
		members.push(await enter('register', {email: `member${n}@example.org`}, 'member'));
	return {members, moderators};
}
