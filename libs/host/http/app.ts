import type {Ports} from '@hearth/ports/open.js';
import cors from '@koa/cors';
import Router from '@koa/router';
import Koa, {type Middleware} from 'koa';
import compress from 'koa-compress';
import type {Logger} from 'pino';
import type {Authenticator} from '../authenticate.js';
import {docsPages} from '../docs-page.js';
import {PublicError} from '../errors.js';
import type {Metrics} from '../metrics.js';
import {corsOrigins, trustedProxies} from '../platform-settings.js';
import type {Context, Plugin} from '../plugin.js';
import type {Ready} from '../ready.js';
import type {Settings} from '../settings.js';
import {files} from './files.js';
import {probes} from './probes.js';
import {requestIdOf, trustOf} from './request-info.js';
import {routeHandler} from './route-handler.js';

/** A plugin as the web server needs it: its definition, how its handlers get their context, and why it is down, if it is. */
export interface HttpPlugin {
	plugin: Plugin;
	contextFor: (requestId: string) => Context;
	/** Null where it runs. */
	failed: () => string | null;
}

export interface HttpOptions {
	plugins: readonly HttpPlugin[];
	/** All definitions, those of other processes too, for the API page. */
	definitions: readonly Plugin[];
	ports: Ports;
	settings: Settings;
	authenticator: Authenticator;
	ready: () => Promise<Ready>;
	metrics: Metrics;
	log: Logger;
	uploadFolder: string;
	/** Parses every answer by its route's schema: for tests. */
	checkAnswers: boolean;
}

const COMPRESS_FROM_BYTES = 1024;

/** The Koa app: the HTTP manner of every plugin in one place. */
export function httpApp(options: HttpOptions): Koa {
	const {plugins, definitions, settings, ready, metrics} = options;
	const app = new Koa();
	// Errors are answered and logged by `answerErrors`; Koa's own logging would say them twice.
	app.silent = true;
	app.use(stamp(options));
	app.use(answerErrors(options.log));
	const origins = settings.get(corsOrigins);
	if (origins.length > 0) app.use(crossOrigin(origins));
	app.use(
		compress({
			threshold: COMPRESS_FROM_BYTES,
			br: {params: {}},
			filter: type => /json|text|javascript|svg|xml/.test(type) && !type.includes('event-stream'),
		}),
	);
	app.use(probes(ready, metrics.registry));
	app.use(docsPages([...definitions]));
	app.use(async (ctx, next) => {
		await next();
		// Only Koa's own 404 and the router's 405 have no body: nobody answered.
		if (ctx.body !== undefined && ctx.body !== null) return;
		if (ctx.status === 405) {
			const message = `This path takes ${ctx.response.get('Allow')}, not ${ctx.method}.`;
			throw new PublicError('METHOD_NOT_ALLOWED', message);
		}
		if (ctx.status === 404) {
			throw new PublicError(
				'NOT_FOUND',
				`There is nothing at ${ctx.path.slice(0, 200)}. GET /docs lists what there is.`,
			);
		}
	});
	const router = new Router();
	const trusts = trustOf(settings.get(trustedProxies));
	const routes = plugins.flatMap(hosted => (hosted.plugin.routes ?? []).map(route => ({hosted, route})));
	routes.sort((a, b) => bySpecificity(a.route.path, b.route.path));
	for (const {hosted, route} of routes)
		router.register(route.path, [route.method], routeHandler(route, hosted, options, trusts));
	app.use(router.routes());
	app.use(router.allowedMethods());
	app.use(files(plugins.map(({plugin}) => plugin)));
	return app;
}

/** `/foods/search` before `/foods/:id`, whoever declared which first. */
function bySpecificity(a: string, b: string): number {
	const [left, right] = [a.split('/'), b.split('/')];
	for (const [index, part] of left.entries()) {
		const other = right[index] ?? '';
		if (part.startsWith(':') !== other.startsWith(':')) return part.startsWith(':') ? 1 : -1;
	}
	return 0;
}

/** What the middlewares know of the request under way. */
export interface RequestState {
	requestId: string;
	/** The route's labels for the metrics. */
	plugin?: string;
	route?: string;
}

/** Request id, timestamp, security headers, metrics and one log line. */
function stamp({metrics, log}: HttpOptions): Middleware {
	return async (ctx, next) => {
		const state = ctx.state as RequestState;
		const started = process.hrtime.bigint();
		state.requestId = requestIdOf(ctx.get('x-request-id'));
		ctx.set({
			'X-Request-ID': state.requestId,
			'X-Timestamp': new Date().toISOString(),
			'X-Content-Type-Options': 'nosniff',
			'Referrer-Policy': 'no-referrer',
			'X-Frame-Options': 'DENY',
		});
		await next();
		const seconds = Number(process.hrtime.bigint() - started) / 1e9;
		metrics.requests.observe(
			{plugin: state.plugin ?? 'host', method: ctx.method, route: state.route ?? 'other', status: ctx.status},
			seconds,
		);
		if (log.isLevelEnabled('debug') || (ctx.status >= 500 && log.isLevelEnabled('warn'))) {
			log[ctx.status >= 500 ? 'warn' : 'debug'](
				{
					request_id: state.requestId,
					method: ctx.method,
					path: ctx.path,
					status: ctx.status,
					ms: Math.round(seconds * 1000),
				},
				'request',
			);
		}
	};
}

function answerErrors(log: Logger): Middleware {
	return async (ctx, next) => {
		try {
			await next();
		} catch (error) {
			const told = toldOf(error);
			if (told.status >= 500 && told.code !== 'UNAVAILABLE') {
				log.error(
					{err: error, request_id: (ctx.state as RequestState).requestId, method: ctx.method, path: ctx.path},
					'a request failed',
				);
			}
			ctx.status = told.status;
			ctx.remove('Content-Length');
			ctx.set('Cache-Control', 'no-store');
			if (told.code === 'UNAUTHENTICATED') ctx.set('WWW-Authenticate', 'Bearer');
			if (told.code === 'UNAVAILABLE' && ctx.response.get('Retry-After') === '') ctx.set('Retry-After', '2');
			ctx.body = {
				error: {code: told.code, message: told.message, ...(told.details === undefined ? {} : {details: told.details})},
			};
		}
	};
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
