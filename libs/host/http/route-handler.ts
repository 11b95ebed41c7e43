import type {IncomingHttpHeaders} from 'node:http';
import {Readable} from 'node:stream';
import type {Context as KoaContext, Middleware} from 'koa';
import type {Authenticator} from '../authenticate.js';
import {PublicError} from '../errors.js';
import {rateLimits} from '../platform-settings.js';
import {type Context, type Db, type Dialect, Reply, type Role, type Route, type User} from '../plugin.js';
import {type BodyReader, bodyReader} from './body.js';
import {dialectsOf} from './dialects.js';
import {once, type StoredAnswer} from './idempotency.js';
import type {HttpOptions, HttpPlugin, RequestState} from './options.js';
import {addressLimiter, rateLimiter} from './rate-limit.js';
import {HttpRequestInfo} from './request-info.js';
import {spoolReader} from './spool.js';
import type {OpenStreams} from './streams.js';
import type {UnderWay} from './under-way.js';
import {checkQuery, strict, validate} from './validate.js';

type Query = Record<string, string | string[] | undefined>;
const NO_QUERY: Query = {};
const NO_BODY = {body: undefined, file: undefined, discard: undefined};

const rank: Record<Role, number> = {public: 0, member: 1, moderator: 2, admin: 3};

interface RouteOptions extends HttpOptions {
	/** Answers whether a peer is a proxy whose forwarding headers are believed. */
	trusts: (address: string) => boolean;
	underWay: UnderWay;
}

/** One route, in the order things happen: who asks, how often, what with, the handler, the answer. */
export function routeHandler(
	route: Route,
	{plugin, contextFor, failed}: HttpPlugin,
	{authenticator, ports, settings, uploadFolder, streams, checkAnswers, trusts, underWay}: RouteOptions,
): Middleware {
	const limited = settings.get(rateLimits);
	const limit = limited ? rateLimiter(route, ports.cache, settings) : undefined;
	const countAddress = limited ? addressLimiter(ports.cache, settings) : undefined;
	// What is counted by account is known only once the body is read.
	const limitAfterBody = route.limit?.by === 'account';
	const readBody = readerOf(route, uploadFolder, underWay);
	const dialect = dialectsOf([plugin])(route.path);
	const {body: bodySchema, params: paramsSchema, query: querySchema} = route;
	const strictBody = bodySchema === undefined || route.spool_bytes !== undefined ? undefined : strict(bodySchema);
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
		// Reading a query makes Koa parse it, and most requests have none.
		const query = ctx.querystring === '' ? NO_QUERY : (ctx.query as Query);
		checkQuery(query);
		const request = new HttpRequestInfo(ctx, state.requestId, trusts);
		const token = bearerOf(ctx.req.headers.authorization) ?? tokenIn(ctx.req.headers, dialect);
		let user = token === undefined ? null : authenticator.remembered(token);
		if (user === null) {
			await countAddress?.(ctx, request.ip);
			user = await userOf(token, query.ticket, route, authenticator);
		}
		checkRole(user, route);
		if (!limitAfterBody) await limit?.count(ctx, {ip: request.ip, user, body: undefined});
		const params: Record<string, string> = ctx.params;
		const parsedParams = paramsSchema === undefined ? params : validate(paramsSchema, params, 'path');
		const parsedQuery = querySchema === undefined ? {} : validate(querySchema, query, 'query');
		const {body, file, discard} = readBody === undefined ? NO_BODY : await readBody(ctx, request.ip);
		try {
			if (limitAfterBody) await limit?.count(ctx, {ip: request.ip, user, body});
			const parsedBody = strictBody === undefined ? undefined : validate(strictBody, body, 'body');
			const context = contextFor(state.requestId);
			const handle = (context: Context) =>
				route.handle({params: parsedParams, query: parsedQuery, body: parsedBody, file, user, request}, context);
			const key = ctx.req.headers['idempotency-key'];
			const repeatable =
				route.method === 'POST' &&
				file === undefined &&
				route.stream !== true &&
				route.as_sent !== true &&
				dialect === undefined;
			if (typeof key === 'string' && repeatable && user !== null) {
				const at = {userId: user.id, route: ctx.path.slice(0, 500), key, body};
				const stored = await once(
					context.db,
					at,
					result => answerIn(result, route),
					async db => plainAnswer(await handle(withDb(context, db)), route),
				);
				answer(ctx, new Reply(stored.data, stored), route, query.fields, checkAnswers);
			} else {
				answer(ctx, await handle(context), route, query.fields, checkAnswers, dialect !== undefined);
			}
			if (limitAfterBody) await limit?.granted({ip: request.ip, user, body});
			if (route.stream === true && ctx.body instanceof Readable) goOn(ctx, ctx.body, streams);
		} finally {
			if (discard !== undefined) await discard();
		}
	};
}

function readerOf(route: Route, folder: string, underWay: UnderWay): BodyReader | undefined {
	if (route.spool_bytes !== undefined) return spoolReader(route.spool_bytes, folder, underWay);
	const read = bodyReader(route, folder, underWay);
	const {types = [], max_bytes = 0} = route.upload ?? {};
	if (read === undefined || types.length === 0) return read;
	const readWhole = spoolReader(max_bytes, folder, underWay, types);
	return (ctx, address) => (ctx.is(types) ? readWhole(ctx, address) : read(ctx, address));
}

const bearerOf = (authorization: string | undefined): string | undefined =>
	authorization !== undefined && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;

function tokenIn(headers: IncomingHttpHeaders, dialect: Dialect | undefined): string | undefined {
	const token = dialect?.token_header === undefined ? undefined : headers[dialect.token_header];
	return typeof token === 'string' ? token.trim() : undefined;
}

async function userOf(
	token: string | undefined,
	ticket: unknown,
	route: Route,
	authenticator: Authenticator,
): Promise<User | null> {
	if (token !== undefined) return tokenUser(token, route, authenticator);
	return route.ticket === true && typeof ticket === 'string' ? authenticator.ticketUser(ticket) : null;
}

function checkRole(user: User | null, route: Route): void {
	if (route.role === 'public') return;
	if (user === null)
		throw new PublicError('UNAUTHENTICATED', 'Sign in first: this needs an access token in the Authorization header.');
	if (rank[user.role] < rank[route.role as Role]) {
		throw new PublicError(
			'FORBIDDEN',
			`This is for ${route.role === 'admin' ? 'an admin' : 'a moderator'} of this installation.`,
		);
	}
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

function answer(
	ctx: KoaContext,
	result: unknown,
	route: Route,
	fields: unknown,
	checkAnswers: boolean,
	isBare = false,
): void {
	const reply = result instanceof Reply ? result : new Reply(result);
	const {res} = ctx;
	ctx.status = reply.status ?? route.status ?? 200;
	for (const [name, value] of Object.entries(reply.headers)) res.setHeader(name, value);
	if (reply.body !== undefined) {
		if (route.stream === true && !res.hasHeader('Content-Type'))
			res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
		ctx.body = reply.body;
		return;
	}
	if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
	if (ctx.status === 204 || ctx.status === 304) {
		ctx.body = null;
		return;
	}
	const data = checkAnswers && route.data !== undefined && ctx.status < 300 ? route.data.parse(reply.data) : reply.data;
	if (isBare) {
		res.setHeader('Content-Type', 'application/json; charset=utf-8');
		ctx.body = JSON.stringify(data);
		return;
	}
	const chosen =
		route.method === 'GET' && typeof fields === 'string' && fields !== '' ? only(fields.split(','), data) : data;
	// Written here, once: as an object, Koa would write it for its length and again for sending it.
	res.setHeader('Content-Type', 'application/json; charset=utf-8');
	ctx.body = JSON.stringify(reply.meta === undefined ? {data: chosen} : {data: chosen, meta: reply.meta});
}

/** The client sees at once that it is heard, which may be long before there is something to say. */
function goOn(ctx: KoaContext, body: Readable, streams: OpenStreams): void {
	const {res} = ctx;
	ctx.compress = false;
	// For whatever proxy stands in front.
	res.setHeader('X-Accel-Buffering', 'no');
	if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
	if (ctx.method === 'HEAD') return;
	res.flushHeaders();
	streams.add(res, body);
}

/** An answer that can be stored and given again. */
function plainAnswer(result: unknown, route: Route): StoredAnswer {
	const reply = result instanceof Reply ? result : new Reply(result);
	return {
		data: reply.data,
		status: reply.status ?? route.status ?? 200,
		headers: reply.headers,
		...(reply.meta === undefined ? {} : {meta: reply.meta}),
	};
}

/** The answer that a transaction's result will be, where it has its shape; null where nobody can tell. */
function answerIn(result: unknown, route: Route): StoredAnswer | null {
	const answer = plainAnswer(result, route);
	return route.data?.safeParse(answer.data).success === true ? answer : null;
}

/** The same but for its database, whatever else it has. */
const withDb = (context: Context, db: Db): Context =>
	new Proxy(context, {get: (target, name) => (name === 'db' ? db : Reflect.get(target, name, target))});

/** `?fields=a,b`: just these keys of the thing, or of each thing of a list. */
function only(fields: readonly string[], data: unknown): unknown {
	if (Array.isArray(data)) return data.map(item => only(fields, item));
	if (typeof data !== 'object' || data === null) return data;
	return Object.fromEntries(Object.entries(data).filter(([key]) => fields.includes(key)));
}
