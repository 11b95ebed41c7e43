import type {Middleware} from 'koa';
import type {Registry} from 'prom-client';
import type {Ready} from '../ready.js';

/** /health: the process is up; /ready: each dependency and plugin; /metrics: Prometheus text. None needs a token; nginx keeps the latter two inside. */
export function probes(ready: () => Promise<Ready>, registry: Registry): Middleware {
	return async (ctx, next) => {
		if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
		if (ctx.path === '/health') {
			ctx.body = {status: 'up'};
		} else if (ctx.path === '/ready') {
			const state = await ready();
			ctx.status = state.status === 'ready' ? 200 : 503;
			ctx.body = state;
		} else if (ctx.path === '/metrics') {
			ctx.type = registry.contentType;
			ctx.body = await registry.metrics();
		} else {
			return next();
		}
		ctx.set('Cache-Control', 'no-store');
	};
}
