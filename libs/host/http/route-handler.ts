import type {Context as KoaContext, Middleware} from 'koa';
import type {Authenticator} from '../authenticate.js';
import {PublicError} from '../errors.js';
import {rateLimits} from '../platform-settings.js';
import {Reply, type Role, type Route, type User} from '../plugin.js';
import type {HttpOptions, HttpPlugin, RequestState} from './app.js';
import {bodyReader} from './body.js';
import {once} from './idempotency.js';
import {rateLimiter} from './rate-limit.js';
import {requestInfo} from './request-info.js';
import {checkQuery, strict, validate} from './validate.js';

const rank: Record<Role, number> = {public: 0, member: 1, moderator: 2, admin: 3};

/** One route, in the order things happen: who asks, how often, what with, the handler, the answer. */
export function routeHandler(
	route: Route,
	{plugin, contextFor, failed}: HttpPlugin,
	options: HttpOptions,
	trusts: (address: string) => boolean,
): Middleware {
	const {authenticator, ports, settings, uploadFolder, checkAnswers} = options;
	const limit = settings.get(rateLimits) ? rateLimiter(route, ports.cache, settings) : undefined;
	// What is counted by account is known only once the body is read.
	const limitAfterBody = route.limit?.by === 'account';
	const readBody = bodyReader(route, uploadFolder);
	const {body: bodySchema, params: paramsSchema, query: querySchema} = route;
	const strictBody = bodySchema === undefined ? undefined : strict(bodySchema);
	return async ctx => {
		const state = ctx.state as RequestState;
		state.plugin = plugin.name;
		state.route = route.path;
		const reason = failed();
		if (reason !== null) {
			throw new PublicError('UNAVAILABLE', `The ${plugin.name} part of Hearth is down: ${reason}`, {
				details: {part: plugin.name},
			});
		}
		const query = ctx.query as Record<string, string | string[] | undefined>;
		checkQuery(query);
		const user = await userOf(ctx, route, authenticator);
		const request = requestInfo(ctx, state.requestId, trusts);
		if (!limitAfterBody) await limit?.(ctx, {ip: request.ip, user, body: undefined});
		const params: Record<string, string> = ctx.params;
		const parsedParams = paramsSchema === undefined ? params : validate(paramsSchema, params, 'path');
		const parsedQuery = querySchema === undefined ? {} : validate(querySchema, query, 'query');
		const {body, file, discard} = await readBody(ctx);
		try {
			if (limitAfterBody) await limit?.(ctx, {ip: request.ip, user, body});
			const parsedBody = strictBody === undefined ? undefined : validate(strictBody, body, 'body');
			const context = contextFor(state.requestId);
			const handle = () =>
				route.handle({params: parsedParams, query: parsedQuery, body: parsedBody, file, user, request}, context);
			const key = ctx.get('idempotency-key');
			if (key !== '' && route.method === 'POST' && user !== null && file === undefined) {
				const stored = await once(context.db, {userId: user.id, route: route.path, key, body}, async () =>
					plainAnswer(await handle(), route),
				);
				await answer(ctx, new Reply(stored.data, stored), route, checkAnswers);
			} else {
				await answer(ctx, await handle(), route, checkAnswers);
			}
		} finally {
			await discard();
		}
	};
}

async function userOf(ctx: KoaContext, route: Route, authenticator: Authenticator): Promise<User | null> {
	const authorization = ctx.get('authorization');
	const {ticket} = ctx.query;
	let user: User | null = null;
	if (/^bearer /i.test(authorization)) user = await tokenUser(authorization.slice(7).trim(), route, authenticator);
	else if (route.ticket === true && typeof ticket === 'string') user = await authenticator.ticketUser(ticket);
	if (route.role === 'public') return user;
	if (user === null)
		throw new PublicError('UNAUTHENTICATED', 'Sign in first: this needs an access token in the Authorization header.');
	if (rank[user.role] < rank[route.role as Role]) {
		throw new PublicError(
			'FORBIDDEN',
			`This is for ${route.role === 'admin' ? 'an admin' : 'a moderator'} of this installation.`,
		);
	}
	return user;
}

/** A public route takes a good token into account and does without a bad one: who signs in again may still send the old one. */
async function tokenUser(token: string, route: Route, authenticator: Authenticator): Promise<User | null> {
	if (route.role !== 'public') return authenticator.user(token);
	try {
		return await authenticator.user(token);
	} catch (error) {
		if (error instanceof PublicError) return null;
		throw error;
	}
}

async function answer(ctx: KoaContext, result: unknown, route: Route, checkAnswers: boolean): Promise<void> {
	const reply = result instanceof Reply ? result : new Reply(result);
	ctx.status = reply.status ?? route.status ?? 200;
	ctx.set(reply.headers);
	if (reply.body !== undefined) {
		ctx.body = reply.body;
		return;
	}
	if (ctx.response.get('Cache-Control') === '') ctx.set('Cache-Control', 'no-store');
	if (ctx.status === 204 || ctx.status === 304) {
		ctx.body = null;
		return;
	}
	const data =
		checkAnswers && route.data !== undefined && ctx.status < 300 ? await route.data.parseAsync(reply.data) : reply.data;
	const {fields} = ctx.query;
	ctx.body = {
		data: route.method === 'GET' && typeof fields === 'string' && fields !== '' ? only(fields.split(','), data) : data,
		...(reply.meta === undefined ? {} : {meta: reply.meta}),
	};
}

/** An answer that can be stored and given again. */
function plainAnswer(result: unknown, route: Route) {
	const reply = result instanceof Reply ? result : new Reply(result);
	return {
		data: reply.data,
		status: reply.status ?? route.status ?? 200,
		headers: reply.headers,
		...(reply.meta === undefined ? {} : {meta: reply.meta}),
	};
}

/** `?fields=a,b`: just these keys of the thing, or of each thing of a list. */
function only(fields: readonly string[], data: unknown): unknown {
	if (Array.isArray(data)) return data.map(item => only(fields, item));
	if (typeof data !== 'object' || data === null) return data;
	return Object.fromEntries(Object.entries(data).filter(([key]) => fields.includes(key)));
}
