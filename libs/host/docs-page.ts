import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import type {Context as KoaContext, Middleware} from 'koa';
import {openapi} from './openapi.js';
import type {Plugin} from './plugin.js';

// All that the page may load comes from here: the bundle of swagger-ui-dist and the two texts below.
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hearth API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<noscript>This page needs JavaScript. The document itself is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
// `validatorUrl` off: else it would send the document to a server of swagger.io.
const START = `SwaggerUIBundle({
	url: '/api/v1/openapi.json',
	dom_id: '#page',
	deepLinking: true,
	filter: true,
	docExpansion: 'none',
	tryItOutEnabled: true,
	validatorUrl: null,
});
`;
// Swagger UI sets styles on elements, and draws its icons from data URLs in its style sheet.
const POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self' 'unsafe-inline'",
	"img-src 'self' data:",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

const bundle = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const BUNDLED = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

/** `GET /api/v1/openapi.json`, made when it is first asked for, and the page that shows it under `GET /docs`. */
export function docsPages(plugins: readonly Plugin[]): Middleware {
	let document: {text: string; etag: string} | undefined;
	const ofDocument = () => {
		if (document === undefined) {
			const text = JSON.stringify(openapi(plugins));
			document = {text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`};
		}
		return document;
	};
	return async (ctx, next) => {
		if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
		if (ctx.path === '/api/v1/openapi.json') {
			const {text, etag} = ofDocument();
			send(ctx, 'application/json', text, etag);
		} else if (ctx.path === '/docs' || ctx.path === '/docs/') {
			ctx.set('Content-Security-Policy', POLICY);
			send(ctx, 'text/html', PAGE);
		} else if (ctx.path === '/docs/start.js') {
			send(ctx, 'text/javascript', START);
		} else if (ctx.path.startsWith('/docs/') && BUNDLED.has(ctx.path.slice('/docs/'.length))) {
			await sendBundled(ctx, path.join(bundle, path.basename(ctx.path)));
		} else {
			return next();
		}
	};
}

function send(ctx: KoaContext, type: string, text: string, etag?: string): void {
	ctx.type = type;
	ctx.set('Cache-Control', 'no-cache');
	if (etag !== undefined) ctx.etag = etag;
	ctx.status = 200;
	if (ctx.fresh) ctx.status = 304;
	else ctx.body = text;
}

async function sendBundled(ctx: KoaContext, file: string): Promise<void> {
	const {size, mtimeMs} = await stat(file);
	ctx.type = path.extname(file);
	ctx.set('Cache-Control', 'no-cache');
	ctx.etag = `"${size}-${Math.round(mtimeMs)}"`;
	ctx.status = 200;
	if (ctx.fresh) {
		ctx.status = 304;
		return;
	}
	// The page asks for each once; streamed, so that none of it stays in memory.
	ctx.body = createReadStream(file);
	ctx.length = size;
}
