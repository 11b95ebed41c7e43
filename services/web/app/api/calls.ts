import {ask, upload} from './client.ts';
import type {
	Basis,
	Device,
	Food,
	FoodEdits,
	Household,
	ImageStatus,
	Invite,
	NewFoodInput,
	NutrientEdits,
	Page,
	QueueItem,
	Reading,
	Registration,
	Role,
	Serving,
	SignedIn,
	User,
} from './types.ts';

// Everything the app asks of the server, a line each. All throw `ApiError` and `Unreachable`.

const one = async <Data>(...question: Parameters<typeof ask>): Promise<Data> => (await ask<Data>(...question)).data;

async function page<Item>(
	path: string,
	query: Record<string, string | number | undefined | null>,
	signal?: AbortSignal,
) {
	const {data, meta} = await ask<Item[]>('GET', path, {query, signal});
	return {items: data, next_cursor: meta.next_cursor ?? null} satisfies Page<Item>;
}

/** Which browser this is; the same one at every sign-in, so that the list of devices does not grow. */
export interface ThisDevice {
	id: string;
	name: string;
}

export interface NewAccount {
	email: string;
	password: string;
	name?: string;
	invite?: string;
	setup_code?: string;
	device: ThisDevice;
}

export interface LabelFood {
	/** Brought along, so that sending it again after a lost answer makes no second food. */
	id: string;
	name: string;
	brand: string | null;
	barcode: string | null;
	basis: Basis;
	servings?: Serving[];
	corrections: NutrientEdits;
}

export const calls = {
	registration: (signal?: AbortSignal) => one<Registration>('GET', '/auth/registration', {signal, anonymous: true}),
	register: (body: NewAccount) => one<SignedIn>('POST', '/auth/register', {body, anonymous: true}),
	signIn: (body: {email: string; password: string; device: ThisDevice}) =>
		one<SignedIn>('POST', '/auth/login', {body, anonymous: true}),
	signOut: () => one<void>('POST', '/auth/logout', {body: {}, anonymous: true}),
	me: (signal?: AbortSignal) => one<User>('GET', '/users/me', {signal}),
	saveMe: (body: {name?: string; time_zone?: string; locale?: string}) => one<User>('PUT', '/users/me', {body}),
	devices: (signal?: AbortSignal) => one<Device[]>('GET', '/users/me/devices', {query: {limit: 100}, signal}),
	removeDevice: (id: string) => one<void>('DELETE', `/users/me/devices/${id}`),

	household: (signal?: AbortSignal) => one<Household>('GET', '/households/me', {signal}),
	invite: (body: {email?: string; role: Role}) => one<Invite>('POST', '/households/me/invites', {body}),
	removeMember: (id: string) => one<void>('DELETE', `/households/me/members/${id}`),

	sendPicture: (picture: Blob, name: string, onProgress: (fraction: number) => void) =>
		upload<{id: string; status: string}>('/images/upload', picture, name, onProgress),
	imageStatus: (id: string, signal?: AbortSignal) => one<ImageStatus>('GET', `/images/${id}/status`, {signal}),
	reading: (id: string, signal?: AbortSignal) => one<Reading>('GET', `/images/${id}/result`, {signal}),
	foodFromLabel: (imageId: string, body: LabelFood) => one<Food>('POST', `/images/${imageId}/food`, {body}),

	searchFoods: (q: string, cursor: string | null, signal?: AbortSignal) =>
		page<Food>('/foods/search', {q, cursor, limit: 20}, signal),
	recentFoods: (signal?: AbortSignal) => page<Food>('/foods/recent', {limit: 10}, signal),
	favouriteFoods: (signal?: AbortSignal) => page<Food>('/foods/favourites', {limit: 50}, signal),
	food: (id: string, signal?: AbortSignal) => one<Food>('GET', `/foods/${id}`, {signal}),
	createFood: (body: NewFoodInput) => one<Food>('POST', '/foods', {body}),
	/** The food as it is now, or the id of the proposal a moderator will look at. */
	editFood: (id: string, body: FoodEdits) => one<Food | {proposal_id: string}>('PUT', `/foods/${id}`, {body}),
	setFavourite: (id: string, favourite: boolean) => one<void>(favourite ? 'PUT' : 'DELETE', `/foods/${id}/favourite`),

	queue: (cursor: string | null, signal?: AbortSignal) =>
		page<QueueItem>('/admin/foods/queue', {status: 'pending', limit: 50, cursor}, signal),
	approveFood: (id: string, edits: FoodEdits) => one<Food>('POST', `/admin/foods/${id}/approve`, {body: {edits}}),
	rejectFood: (id: string, reason: string) => one<Food>('POST', `/admin/foods/${id}/reject`, {body: {reason}}),
	mergeFood: (id: string, into: string) => one<Food>('POST', `/admin/foods/${id}/merge`, {body: {into}}),
};

export const mayModerate = (role: Role | undefined): boolean => role === 'admin' || role === 'moderator';
