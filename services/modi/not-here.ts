import {PublicError} from '@hearth/host/errors.js';
import {type Method, type Route, route} from '@hearth/host/plugin.js';

// What that document names and this house has no part for: said in words, in place of nothing at all.

const notHere = (method: Method, path: `/${string}`, summary: string, message: string): Route =>
	route(method, `/compat/modi/api/v1${path}`, {
		summary: `Modi: ${summary}; not here`,
		role: 'member',
		handle: async () => {
			throw new PublicError('NOT_FOUND', message);
		},
	});

export const notHereRoutes: Route[] = [
	notHere(
		'DELETE',
		'/auth/account',
		'delete the account',
		'Accounts cannot be deleted through this app. Ask the admin of this server.',
	),
	notHere(
		'GET',
		'/users/me/export',
		'everything that is held on the person',
		'There is no archive of everything here yet. GET /api/v1/export gives all your records.',
	),
	notHere(
		'GET',
		'/foods/popular',
		'popular foods',
		'Nobody counts which foods are popular here. Search, or list recent foods.',
	),
	notHere(
		'GET',
		'/food-logs/daily-summary',
		'what a day adds up to',
		'There are no daily summaries here yet. GET /food-logs?date= lists a day’s logs with the calories of each.',
	),
];
