import {randomUUID} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {rm, stat} from 'node:fs/promises';
import path from 'node:path';
import {PassThrough, Transform, type TransformCallback} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip, createInflate} from 'node:zlib';
import type {Context as KoaContext} from 'koa';
import {type BodyReader, bodyError, drain, holding, refuseOtherThanJson, unlessSilent} from './body.js';
import type {UnderWay} from './under-way.js';

/**
 * Puts the body of a request on the disk, inflated, for a handler that reads it piece by piece: JSON, or a file of these types. Throws
 * 400 for one that is cut or is not what its encoding says, 413 above `max_bytes`, 415 for another content type or encoding.
 */
export function spoolReader(max_bytes: number, folder: string, underWay: UnderWay, types?: string[]): BodyReader {
	return async (ctx, address) =>
		holding(await underWay.upload(address), async () => {
			if (types === undefined) refuseOtherThanJson(ctx);
			const file = path.join(folder, randomUUID());
			const discard = () => rm(file, {force: true});
			const spooling = pipeline(
				bytesOf(ctx),
				inflater(ctx.get('content-encoding')),
				upTo(max_bytes),
				createWriteStream(file, {mode: 0o600, flags: 'wx'}),
			);
			// Also of one that goes on for a while after the client was told that it was too slow.
			spooling.catch(discard);
			try {
				await unlessSilent(ctx, spooling);
			} catch (error) {
				await drain(ctx);
				throw bodyError(error, max_bytes, types === undefined);
			}
			return {
				body: undefined,
				file: {path: file, size_bytes: (await stat(file)).size, name: ''},
				discard,
			};
		});
}

/** The request is not part of the pipeline, which would destroy it, and the connection with it, before the refusal is heard. */
function bytesOf({req}: KoaContext): PassThrough {
	const bytes = new PassThrough();
	req.pipe(bytes);
	req.once('close', () => {
		if (!req.complete) bytes.destroy(Object.assign(new Error('The request was aborted'), {type: 'request.aborted'}));
	});
	return bytes;
}

function inflater(encoding: string): Transform {
	switch (encoding.toLowerCase()) {
		case '':
		case 'identity':
			return new PassThrough();
		case 'gzip':
			return createGunzip();
		case 'deflate':
			return createInflate();
		default:
			throw bodyError({status: 415}, 0);
	}
}

function upTo(max_bytes: number): Transform {
	let left = max_bytes;
	return new Transform({
		transform(chunk: Buffer, _encoding, done: TransformCallback) {
			left -= chunk.length;
			if (left < 0) done(Object.assign(new Error('Too many bytes'), {status: 413}));
			else done(null, chunk);
		},
	});
}
