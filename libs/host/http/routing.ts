import Router, {type Layer} from '@koa/router';
import type {Middleware} from 'koa';
import compose from 'koa-compose';
import {rateLimits} from '../platform-settings.js';
import type {HttpOptions} from './options.js';
import {addressOf} from './request-info.js';
import {routeHandler} from './route-handler.js';
import {UnderWay} from './under-way.js';

/** One path and method; the library's layer knows its parameters. */
interface Way {
	method: string;
	layer: Layer;
	handler: Middleware;
}

/** What begins alike: its ways with parameters, and a router for whatever else is asked there, such as HEAD, or a method it has not. */
interface Section {
	ways: Way[];
	router: Router;
}

/**
 * Every route of every plugin. A path without parameters is found by its name, one with parameters among those of its section
 * (`/api/v1/foods`, `/compat/rxdb`): a request costs what its section holds, not what the house holds. The library's own way through
 * its layers, which it composes anew for each request, costs 10 µs more (`npm run bench -- http`).
 */
export function routing(options: HttpOptions, trusts: (address: string) => boolean): Middleware {
	const underWay = new UnderWay({by_address: options.settings.get(rateLimits)});
	const routes = options.plugins.flatMap(hosted => (hosted.plugin.routes ?? []).map(route => ({hosted, route})));
	routes.sort((a, b) => bySpecificity(a.route.path, b.route.path));
	const fixed = new Map<string, Middleware>();
	const sections = new Map<string, Section>();
	for (const {hosted, route} of routes) {
		const handler = routeHandler(route, hosted, {...options, trusts, underWay});
		const name = sectionOf(route.path);
		const section = sections.get(name) ?? {ways: [], router: new Router()};
		sections.set(name, section);
		const layer = section.router.register(route.path, [route.method], handler) as Layer;
		if (route.path.includes(':')) section.ways.push({method: route.method, layer, handler});
		else
			fixed.set(
				`${route.method} ${route.path}`,
				withParameters(handler, () => ({})),
			);
	}
	const others = new Map(
		[...sections].map(([name, {router}]) => [
			name,
			compose([router.routes(), router.allowedMethods()] as Middleware[]),
		]),
	);
	const find = (method: string, path: string): Middleware | undefined => {
		const known = fixed.get(`${method} ${path}`);
		if (known !== undefined) return known;
		const name = sectionOf(path);
		const way = sections.get(name)?.ways.find(one => one.method === method && one.layer.match(path));
		if (way === undefined) return others.get(name);
		return withParameters(way.handler, () => way.layer.params(path, way.layer.captures(path)));
	};
	return (ctx, next) => {
		const handler = find(ctx.method, ctx.path);
		return handler === undefined ? next() : underWay.request(addressOf(ctx, trusts), () => handler(ctx, next));
	};
}

const withParameters =
	(handler: Middleware, parameters: () => Record<string, string>): Middleware =>
	(ctx, next) => {
		ctx.params = parameters();
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
