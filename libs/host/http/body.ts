import {mkdir, readdir, rm, stat} from 'node:fs/promises';
import path from 'node:path';
import coBody from 'co-body';
import {errors as formErrors, multipart, type PluginFunction} from 'formidable';
import type {Context as KoaContext, Middleware} from 'koa';
import {koaBody} from 'koa-body';
import {PublicError} from '../errors.js';
import type {Route, UploadedFile} from '../plugin.js';
import type {UnderWay} from './under-way.js';

const DEFAULT_BODY_BYTES = 1024 * 1024;
/** Deepest nesting of a JSON body. */
const MAX_DEPTH = 64;
// A refused body is read to its end up to here, since a client that is still sending would miss the answer; past it the
// connection is cut.
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

// A phone on a bad network is silent for some seconds; a body of which nothing comes for longer only holds its room.
const SILENCE_MS = 15_000;

// No upload takes longer; another process may be taking one right now.
const ABANDONED_UPLOAD_MS = 3_600_000;

/**
 * Makes the folder of uploads and removes what a killed process left in it. `now` is epoch milliseconds; `alone` says that no other
 * process of this house is running, so that whatever lies there is of a dead one.
 */
export async function sweepUploads(folder: string, now: number, alone: boolean): Promise<void> {
	await mkdir(folder, {recursive: true, mode: 0o700});
	for (const name of await readdir(folder)) {
		const file = path.join(folder, name);
		if (alone || now - (await stat(file)).mtimeMs > ABANDONED_UPLOAD_MS) await rm(file, {force: true});
	}
}

/** A request's body as the route takes it; `discard` removes its files and gives back its room. */
export interface ParsedBody {
	body: unknown;
	file: UploadedFile | undefined;
	discard: () => Promise<void>;
}

/** Reads the body of a request from this address. */
export type BodyReader = (ctx: KoaContext, address: string) => Promise<ParsedBody>;

const nothing = async () => {};

/**
 * Reads bodies of one route. Throws 400 for what is not JSON, is cut, holds NUL or lone surrogates or is nested too deeply, 413 for
 * too many bytes (inflated), 415 for another content type. Uploaded files lie in `folder` until the request ends. Undefined for a
 * route that takes no body.
 */
export function bodyReader(route: Route, folder: string, underWay: UnderWay): BodyReader | undefined {
	if (route.upload !== undefined) {
		const read = uploadReader(route.upload, folder);
		return async (ctx, address) => holding(await underWay.upload(address), () => read(ctx));
	}
	if (route.body === undefined) return undefined;
	const read = jsonReader(route);
	const limit = route.max_body_bytes ?? DEFAULT_BODY_BYTES;
	return async (ctx, address) => {
		// Who sends nothing is told by the schema what is missing, if anything is.
		if (isEmpty(ctx)) return {body: {}, file: undefined, discard: nothing};
		return holding(await underWay.body(address, Math.min(limit, inflatedSize(ctx))), () => read(ctx));
	};
}

/** At most so many bytes, as far as the request says. */
function inflatedSize({req: {headers}}: KoaContext): number {
	const given = headers['content-encoding'] === undefined ? Number(headers['content-length']) : Number.NaN;
	return Number.isFinite(given) ? given : Number.POSITIVE_INFINITY;
}

/** Gives the room back with the body, or at once where there is none. */
export async function holding(giveBack: () => void, read: () => Promise<ParsedBody>): Promise<ParsedBody> {
	try {
		const parsed = await read();
		return {
			...parsed,
			async discard() {
				giveBack();
				await parsed.discard();
			},
		};
	} catch (error) {
		giveBack();
		throw error;
	}
}

function jsonReader(route: Route): (ctx: KoaContext) => Promise<ParsedBody> {
	const limit = route.max_body_bytes ?? DEFAULT_BODY_BYTES;
	const read = route.as_sent === true ? asSentReader(limit) : checkedReader(route, limit);
	return async ctx => {
		refuseOtherThanJson(ctx);
		try {
			await unlessSilent(ctx, read(ctx));
		} catch (error) {
			if (error instanceof PublicError) throw error;
			await drain(ctx);
			throw bodyError(error, limit);
		}
		if (ctx.request.body === undefined) {
			throw new PublicError(
				'VALIDATION_ERROR',
				'This request needs a JSON body with the header Content-Type: application/json.',
			);
		}
		if (route.as_sent !== true) checkJson(ctx.request.body);
		return {body: ctx.request.body, file: undefined, discard: nothing};
	};
}

// With `__proto__` among its fields where it was sent: the handler says which part of the body that spoils. Its types do not know it.
const AS_SENT = {strict: true, onProtoPoisoning: 'ignore'};

const asSentReader = (limit: number) => async (ctx: KoaContext) => {
	ctx.request.body = await coBody.json(ctx, {limit, ...AS_SENT});
};

const checkedReader = (route: Route, limit: number) =>
	run(
		koaBody({
			json: true,
			urlencoded: false,
			text: false,
			multipart: false,
			jsonLimit: limit,
			jsonStrict: true,
			patchNode: false,
			parsedMethods: [route.method as never],
		}),
	);

export function refuseOtherThanJson(ctx: KoaContext): void {
	if (!ctx.is('json') && ctx.get('content-type') !== '') {
		throw new PublicError('UNSUPPORTED_MEDIA', 'Send the body as JSON with the header Content-Type: application/json.');
	}
	// It is read as UTF-8 whatever it says, so what says otherwise would come out as other letters.
	if (!/^(?:utf-?8)?$/i.test(ctx.request.charset)) {
		throw new PublicError('UNSUPPORTED_MEDIA', `Send the body in UTF-8, not in ${ctx.request.charset.slice(0, 40)}.`);
	}
}

const isEmpty = ({req: {headers}}: KoaContext) =>
	headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';

function uploadReader({field, max_bytes, types = []}: NonNullable<Route['upload']>, folder: string) {
	const otherwise = types.length === 0 ? '' : `, or as the body itself with Content-Type: ${types[0]}`;
	const read = run(
		koaBody({
			json: false,
			urlencoded: false,
			text: false,
			multipart: true,
			patchNode: false,
			formidable: {
				uploadDir: folder,
				maxFiles: 2,
				maxFileSize: max_bytes,
				// Of two files the second is refused for being one too many, not for its bytes.
				maxTotalFileSize: max_bytes * 2,
				allowEmptyFiles: true,
				minFileSize: 0,
				maxFields: 20,
				maxFieldsSize: 64 * 1024,
				enabledPlugins: [multipart, namedPartsAreFiles],
			},
		}),
	);
	return async (ctx: KoaContext): Promise<ParsedBody> => {
		if (!ctx.is('multipart/form-data')) {
			throw new PublicError(
				'UNSUPPORTED_MEDIA',
				`Send the file as multipart/form-data in the field "${field}"${otherwise}.`,
			);
		}
		try {
			await unlessSilent(ctx, read(ctx));
		} catch (error) {
			if (error instanceof PublicError) throw error;
			await drain(ctx);
			throw uploadError(error, max_bytes);
		}
		const files = Object.entries(ctx.request.files ?? {}).flatMap(([name, list]) =>
			[list].flat().map(file => ({name, file})),
		);
		const discard = async () => {
			await Promise.all(files.map(({file}) => rm(file.filepath, {force: true})));
		};
		const [first] = files;
		if (first === undefined || files.length > 1 || first.name !== field) {
			await discard();
			throw new PublicError('VALIDATION_ERROR', `Send exactly one file, in the field "${field}".`, {
				details: [{path: field, message: `expected one file, got ${files.length}`}],
			});
		}
		checkJson(ctx.request.body);
		return {
			body: ctx.request.body,
			file: {
				path: path.resolve(first.file.filepath),
				size_bytes: first.file.size,
				name: first.file.originalFilename ?? '',
			},
			discard,
		};
	};
}

// A part with a file name is a file, also where the client names no type for it, as Python's requests does; formidable goes by the type.
const namedPartsAreFiles: PluginFunction = form => {
	const take = form.onPart.bind(form);
	form.onPart = part => {
		if (part.originalFilename && !part.mimetype) part.mimetype = 'application/octet-stream';
		return take(part);
	};
};

const run = (middleware: Middleware) => async (ctx: KoaContext) => {
	await middleware(ctx as never, async () => undefined);
};

/**
 * The body, or VALIDATION_ERROR where nothing of it comes for a while; the connection ends with the answer. Who sends a byte now and
 * then is ended by the server's own limit.
 */
export async function unlessSilent(ctx: KoaContext, reading: Promise<void>): Promise<void> {
	let isSilent = () => {};
	const silence = new Promise<never>((_, reject) => {
		isSilent = () => {
			ctx.res.setHeader('Connection', 'close');
			// By which who reads the body learns that there is no more of it, and removes the file it was writing.
			ctx.res.once('finish', () => ctx.req.destroy());
			reject(new PublicError('VALIDATION_ERROR', 'The body did not arrive in time. Send it again.'));
		};
	});
	ctx.req.setTimeout(SILENCE_MS, isSilent);
	try {
		await Promise.race([reading, silence]);
	} finally {
		ctx.req.setTimeout(0);
		ctx.req.off('timeout', isSilent);
	}
}

/** `isJson` is false of a file. */
export function bodyError(error: unknown, limit: number, isJson = true): unknown {
	const {status, code, type} = error as {status?: number; code?: string; type?: string};
	if (status === 413) return new PublicError('TOO_LARGE', `This body is too large: at most ${limit} bytes are taken.`);
	if (status === 415)
		return new PublicError(
			'UNSUPPORTED_MEDIA',
			`Send the body${isJson ? ' as UTF-8 JSON,' : ''} plain or compressed with gzip.`,
		);
	if (type === 'request.aborted' || type === 'request.size.invalid' || code === 'ECONNRESET') {
		return new PublicError('VALIDATION_ERROR', 'The body ended before it was complete. Send it again.', {cause: error});
	}
	// Broken gzip has a Z_… code; anything else that the parser refuses is not JSON.
	if (status === 400 || error instanceof SyntaxError || code?.startsWith('Z_')) {
		return new PublicError(
			'VALIDATION_ERROR',
			isJson
				? 'The body is not valid JSON: an object or a list in UTF-8 is expected.'
				: 'The body is not what its Content-Encoding says. Send it again.',
			{cause: error},
		);
	}
	return error;
}

function uploadError(error: unknown, max_bytes: number): unknown {
	const {code, httpCode} = error as {code?: number; httpCode?: number};
	if (code === formErrors.biggerThanMaxFileSize || code === formErrors.biggerThanTotalMaxFileSize) {
		return new PublicError(
			'TOO_LARGE',
			`This file is too large: at most ${Math.floor(max_bytes / 1024 / 1024)} MiB are taken.`,
		);
	}
	if (code === formErrors.maxFilesExceeded) return new PublicError('VALIDATION_ERROR', 'Send exactly one file.');
	if (httpCode === 413) return new PublicError('TOO_LARGE', 'The fields beside the file are too large.');
	if (
		code === formErrors.aborted ||
		(httpCode !== undefined && httpCode < 500) ||
		/multipart|boundary|unexpected end/i.test(String(error))
	) {
		return new PublicError('VALIDATION_ERROR', 'The upload is broken or was cut off. Send it again.', {cause: error});
	}
	return error;
}

/** Reads what is left of a refused body and drops it. */
export async function drain({req, res}: KoaContext): Promise<void> {
	res.setHeader('Connection', 'close');
	if (req.readableEnded || req.destroyed) return;
	let left = MAX_DISCARDED_BYTES;
	req.unpipe();
	await new Promise<void>(resolve => {
		req.on('data', (chunk: Buffer) => {
			left -= chunk.length;
			if (left < 0) resolve();
		});
		for (const end of ['end', 'close', 'error']) req.once(end, () => resolve());
		req.resume();
	});
}

/** PostgreSQL takes neither NUL nor lone surrogates, no person means them, and U+FFFD is what bytes that are not UTF-8 were read as. */
function checkJson(value: unknown, depth = 0, at = ''): void {
	if (typeof value === 'string') {
		if (value.includes('\0') || value.includes('\ufffd') || !value.isWellFormed()) {
			refuse(at, 'holds a NUL, half a character (a lone surrogate) or bytes that are not UTF-8');
		}
		return;
	}
	if (typeof value !== 'object' || value === null) return;
	if (depth >= MAX_DEPTH) refuse(at.slice(0, 100), `is nested more than ${MAX_DEPTH} deep`);
	if (Array.isArray(value)) {
		for (const [index, item] of value.entries())
			checkJson(item, depth + 1, at === '' ? String(index) : `${at}.${index}`);
		return;
	}
	for (const [key, item] of Object.entries(value)) {
		checkJson(key, depth, at);
		checkJson(item, depth + 1, at === '' ? key : `${at}.${key}`);
	}
}

function refuse(at: string, why: string): never {
	throw new PublicError('VALIDATION_ERROR', `Part of the body ${why}. Remove it and send the rest again.`, {
		details: [{path: at, message: why}],
	});
}
