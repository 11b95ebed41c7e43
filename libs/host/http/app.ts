import type {ServerResponse} from 'node:http';
import cors from '@koa/cors';
import Koa, {type Context as KoaContext, type Middleware} from 'koa';
import compress from 'koa-compress';
import type {Logger} from 'pino';
import {docsPages} from '../docs-page.js';
import {PublicError} from '../errors.js';
import {corsOrigins, rateLimits, trustedProxies} from '../platform-settings.js';
import type {Dialect} from '../plugin.js';
import {dialectsOf} from './dialects.js';
import {files} from './files.js';
import type {HttpOptions, RequestState} from './options.js';
import {probes} from './probes.js';
import {addressLimiter} from './rate-limit.js';
import {addressOf, requestIdOf, trustOf} from './request-info.js';
import {routing} from './routing.js';

const COMPRESS_FROM_BYTES = 1024;

/** The Koa app: the HTTP manner of every plugin in one place. */
export function httpApp(options: HttpOptions): Koa {
	const {plugins, definitions, ports, settings, ready, metrics} = options;
	const app = new Koa();
	// Errors are answered and logged by `manner`; Koa's own logging would say them twice.
	app.silent = true;
	app.use(manner(options));
	const origins = settings.get(corsOrigins);
	if (origins.length > 0) app.use(crossOrigin(origins));
	// The routes come first: they are nearly all that is asked for, and each layer before them costs every request.
	const trusts = trustOf(settings.get(trustedProxies));
	app.use(routing(options, trusts));
	if (settings.get(rateLimits)) app.use(countedByAddress(addressLimiter(ports.cache, settings), trusts));
	app.use(probes(ready, metrics.registry));
	app.use(docsPages(definitions));
	app.use(files(plugins.map(({plugin}) => plugin)));
	return app;
}

/**
 * What every request goes through, in one layer: request id, timestamp, security headers, the answer to what was thrown or found
 * nobody, compression, metrics and the log.
 */
function manner({plugins, metrics, log}: HttpOptions): Middleware {
	const dialectOf = dialectsOf(plugins.map(({plugin}) => plugin));
	const compressed = compress({
		threshold: COMPRESS_FROM_BYTES,
		filter: type => /json|text|javascript|svg|xml/.test(type) && !type.includes('event-stream'),
	});
	return async (ctx, next) => {
		const {state, res} = ctx as {state: RequestState; res: ServerResponse};
		const started_ms = performance.now();
		state.requestId = requestIdOf(ctx.req.headers['x-request-id']);
		res.setHeader('X-Request-ID', state.requestId);
		res.setHeader('X-Timestamp', new Date().toISOString());
		res.setHeader('X-Content-Type-Options', 'nosniff');
		res.setHeader('Referrer-Policy', 'no-referrer');
		res.setHeader('X-Frame-Options', 'DENY');
		try {
			await next();
			if (ctx.body === undefined || ctx.body === null) refuseUnanswered(ctx);
		} catch (error) {
			answerError(ctx, error, dialectOf(ctx.path), log);
		}
		if (isLarge(ctx.body)) await compressed(ctx, nothingMore);
		const seconds = (performance.now() - started_ms) / 1000;
		metrics.requests.observe(
			{plugin: state.plugin ?? 'host', method: ctx.method, route: state.route ?? 'other', status: ctx.status},
			seconds,
		);
		if (log.isLevelEnabled('debug')) {
			const {method, path, status} = ctx;
			log.debug({request_id: state.requestId, method, path, status, ms: Math.round(seconds * 1000)}, 'request');
		}
	};
}

/** What no route takes. Whether the house is up may be asked by those who restart it, whatever their address does besides. */
const countedByAddress =
	(count: ReturnType<typeof addressLimiter>, trusts: (address: string) => boolean): Middleware =>
	async (ctx, next) => {
		if (ctx.path !== '/health' && ctx.path !== '/ready') await count(ctx, addressOf(ctx, trusts));
		return next();
	};

const nothingMore = async () => {};

/** Worth a look by the compressor; most answers are short texts. */
const isLarge = (body: unknown) =>
	body !== undefined && body !== null && (typeof body !== 'string' || body.length >= COMPRESS_FROM_BYTES);

/** Only Koa's own 404 and the router's refusals have no body: nobody answered. */
function refuseUnanswered(ctx: KoaContext): void {
	// 501 is the router's word for a method that no route anywhere takes, such as TRACE.
	if (ctx.status === 405 || ctx.status === 501) {
		throw new PublicError('METHOD_NOT_ALLOWED', `This path takes ${ctx.response.get('Allow')}, not ${ctx.method}.`);
	}
	if (ctx.status === 404) {
		throw new PublicError('NOT_FOUND', `There is nothing at ${ctx.path.slice(0, 200)}. GET /docs lists what there is.`);
	}
}

function answerError(ctx: KoaContext, error: unknown, dialect: Dialect | undefined, log: Logger): void {
	const told = toldOf(error);
	const {status, code, message, details} = told;
	if (status === 500) {
		const {requestId} = ctx.state as RequestState;
		log.error({err: error, request_id: requestId, method: ctx.method, path: ctx.path}, 'a request failed');
	}
	ctx.status = status;
	ctx.set('Cache-Control', 'no-store');
	if (code === 'UNAUTHENTICATED') ctx.set('WWW-Authenticate', 'Bearer');
	const retry_s =
		(details as {retry_after_s?: unknown} | undefined)?.retry_after_s ?? (code === 'UNAVAILABLE' ? 2 : undefined);
	if (typeof retry_s === 'number' && !ctx.res.hasHeader('Retry-After'))
		ctx.set('Retry-After', String(Math.ceil(retry_s)));
	ctx.set('Content-Type', 'application/json; charset=utf-8');
	const ours = {error: details === undefined ? {code, message} : {code, message, details}};
	ctx.body = JSON.stringify(dialect === undefined ? ours : dialect.error(told));
}

function toldOf(error: unknown): PublicError {
	if (error instanceof PublicError) return error;
	// What Koa and its middleware refuse of a request (a broken path, an encoding nobody knows) is the caller's to mend.
	const {status, expose} = error as {status?: number; expose?: boolean};
	if (expose === true && status !== undefined && status >= 400 && status < 500) {
		return new PublicError('VALIDATION_ERROR', `This request cannot be read: ${(error as Error).message}`);
	}
	return new PublicError('INTERNAL', 'Something went wrong on our side. It has been logged; the request id finds it.');
}

const crossOrigin = (origins: readonly string[]): Middleware =>
	cors({
		origin: ctx => (origins.includes(ctx.get('origin')) ? ctx.get('origin') : ''),
		allowMethods: 'GET,HEAD,PUT,POST,DELETE,PATCH',
		allowHeaders: 'Authorization,Content-Type,Idempotency-Key,If-Match,X-Request-ID,X-Hearth-Client,x-jwt-token',
		exposeHeaders:
			'X-Request-ID,X-Timestamp,X-Server-Timestamp,X-Rate-Limit-Limit,X-Rate-Limit-Remaining,X-Rate-Limit-Reset,ETag,Retry-After',
		credentials: true,
		maxAge: 600,
		keepHeadersOnError: true,
	});
