import {fileURLToPath} from 'node:url';
import type {Context as KoaContext, Middleware} from 'koa';
import send from 'koa-send';
import type {Plugin} from '../plugin.js';

// Vite names these by their content, so a name never changes its bytes.
const HASHED = /\/assets\/[^/]+-[\w-]{8,}\.\w+$/;
const YEAR_S = 31_536_000;

// The app loads nothing from elsewhere and runs no inline script; pictures come as blobs where a header was needed.
const PAGE_POLICY = [
	"default-src 'self'",
	"img-src 'self' blob: data:",
	"style-src 'self'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
].join('; ');

/** Serves the files of plugins; a path without a file that a browser opens as a page gets the fallback. */
export function files(plugins: readonly Plugin[]): Middleware {
	const folders = plugins.flatMap(({files: served}) =>
		served === undefined ? [] : [{...served, root: fileURLToPath(served.folder)}],
	);
	return async (ctx, next) => {
		if (ctx.method === 'GET' || ctx.method === 'HEAD') {
			for (const {at, root, fallback} of folders) {
				if (!ctx.path.startsWith(at)) continue;
				if (await sendFile(ctx, root, ctx.path.slice(at.length) || 'index.html')) return;
				if (fallback !== undefined && isPage(ctx) && (await sendFile(ctx, root, fallback))) return;
			}
		}
		await next();
	};
}

const isPage = (ctx: KoaContext) =>
	!/^\/(?:api|compat)\//.test(ctx.path) && ctx.accepts('html') === 'html' && !/\.\w+$/.test(ctx.path);

async function sendFile(ctx: KoaContext, root: string, path: string): Promise<boolean> {
	try {
		await send(ctx, path, {
			root,
			setHeaders: response => {
				response.setHeader(
					'Cache-Control',
					HASHED.test(ctx.path) ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
				);
				response.setHeader('Content-Security-Policy', PAGE_POLICY);
			},
		});
		return ctx.body !== undefined && ctx.body !== null;
	} catch (error) {
		// Not a file here, or a path that tries to leave the folder: for the next in line to answer, whose status is its own.
		const {status} = error as {status?: number};
		if (status !== undefined && status < 500) return false;
		throw error;
	}
}
