import {aHouse, type HouseOptions, type TestAnswer, type TestHouse} from '@hearth/host/testing.js';
import type {ExecutionContext} from 'ava';
import auth from '../plugin.js';

export const PASSWORD = 'correct horse battery staple';

/** As if it came through a tunnel: not from the machine itself. */
export const FROM_ELSEWHERE = {'x-forwarded-for': '203.0.113.7'};

/** What register and login answer. */
export interface SignedIn {
	user: {id: string; email: string; name: string; role: string; household_id: string; household_role: string};
	access_token: string;
	refresh_token: string;
	device: {id: string; name: string};
}

/** Someone who signed in, as `ask` wants them. */
export const asPerson = ({user, access_token}: SignedIn) => ({
	id: user.id,
	household_id: user.household_id,
	token: access_token,
});

export interface AuthHouse extends TestHouse {
	/** Moves the house's clock on. */
	pass(ms: number): void;
	/** Signs up, and fails the test where that is refused. */
	signUp(email: string, extra?: object): Promise<SignedIn>;
	signIn(email: string, extra?: object): Promise<SignedIn>;
	refresh(refresh_token: string, headers?: Record<string, string>): Promise<TestAnswer>;
	/** The status of `GET /users/me` with an access token. */
	statusOf(access_token: string): Promise<number>;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** A house with accounts alone, and a clock that stands until the test moves it. */
export async function anAuthHouse(
	t: ExecutionContext<unknown>,
	options: Partial<HouseOptions> = {},
): Promise<AuthHouse> {
	let now = Date.now();
	const house = await aHouse(t, {plugins: [auth], now: () => now, ...options});
	const must = (answer: TestAnswer): SignedIn => {
		if (answer.status >= 300) throw new Error(`Refused: ${answer.body.toString('utf8')}`);
		return answer.data;
	};
	return Object.assign(Object.create(house) as TestHouse, {
		pass(ms: number) {
			now += ms;
		},
		signUp: async (email: string, extra: object = {}) =>
			must(await house.post('/api/v1/auth/register', {email, password: PASSWORD, ...extra})),
		signIn: async (email: string, extra: object = {}) =>
			must(await house.post('/api/v1/auth/login', {email, password: PASSWORD, ...extra})),
		refresh: (refresh_token: string, headers: Record<string, string> = {}) =>
			house.ask('POST', '/api/v1/auth/refresh', {body: {refresh_token}, headers}),
		statusOf: async (access_token: string) =>
			(await house.ask('GET', '/api/v1/users/me', {headers: {authorization: `Bearer ${access_token}`}})).status,
	});
}
