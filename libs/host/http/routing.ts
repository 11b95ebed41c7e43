import Router from '@koa/router';
import type {Middleware} from 'koa';
import compose from 'koa-compose';
import type {HttpOptions} from './options.js';
import {addressOf} from './request-info.js';
import {routeHandler} from './route-handler.js';
import {UnderWay} from './under-way.js';

/**
 * Every route of every plugin. A path without parameters is found by its name. The others are tried one after another by a router, of
 * which each section (`/api/v1/foods`, `/compat/rxdb`) has one of its own: a request costs what its section holds, not what the house
 * holds.
 */
export function routing(options: HttpOptions, trusts: (address: string) => boolean): Middleware {
	const underWay = new UnderWay();
	const routes = options.plugins.flatMap(hosted => (hosted.plugin.routes ?? []).map(route => ({hosted, route})));
	routes.sort((a, b) => bySpecificity(a.route.path, b.route.path));
	const fixed = new Map<string, Middleware>();
	const routers = new Map<string, Router>();
	for (const {hosted, route} of routes) {
		const handler = routeHandler(route, hosted, {...options, trusts, underWay});
		if (!route.path.includes(':')) fixed.set(`${route.method} ${route.path}`, withoutParameters(handler));
		// Also what is fixed, for HEAD and OPTIONS and for what a path takes besides.
		const section = sectionOf(route.path);
		const router = routers.get(section) ?? new Router();
		routers.set(section, router);
		router.register(route.path, [route.method], handler);
	}
	const sections = new Map(
		[...routers].map(([section, router]) => [
			section,
			compose([router.routes(), router.allowedMethods()] as Middleware[]),
		]),
	);
	return (ctx, next) => {
		const handler = fixed.get(`${ctx.method} ${ctx.path}`) ?? sections.get(sectionOf(ctx.path));
		if (handler === undefined) return next();
		return underWay.request(addressOf(ctx, trusts), () => handler(ctx, next));
	};
}

const withoutParameters =
	(handler: Middleware): Middleware =>
	(ctx, next) => {
		ctx.params = {};
		return handler(ctx, next);
	};

/** `/api/v1/foods` of `/api/v1/foods/:id`, `/compat/rxdb` of what lies under it. No route has a parameter in its section. */
function sectionOf(path: string): string {
	const depth = path.startsWith('/api/') ? 3 : 2;
	let end = 0;
	for (let part = 0; part < depth; part += 1) {
		end = path.indexOf('/', end + 1);
		if (end === -1) return path;
	}
	return path.slice(0, end);
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
