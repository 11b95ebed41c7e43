import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {createGunzip} from 'node:zlib';
import {PublicError} from '@hearth/host/errors.js';
import {type Line, linesOf} from './import-lines.js';

/** Of what the kind and the identity of a file are told by. */
const SAMPLE_BYTES = 1024 * 1024;
// Larger pieces than the defaults: a list of foods has gigabytes.
const PIECE_BYTES = 256 * 1024;

export interface GivenFile {
	path: string;
	size_bytes: number;
	/** The same for the same file: how far it came is kept under it. */
	key: string;
	kind: 'zip' | 'gzip' | 'text';
}

/** Throws VALIDATION_ERROR for what cannot be read, UNPROCESSABLE for an empty file. */
export async function look(path: string): Promise<GivenFile> {
	let file: FileHandle;
	try {
		file = await open(path);
	} catch (error) {
		throw new PublicError('VALIDATION_ERROR', `${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, {
			cause: error,
		});
	}
	try {
		const stats = await file.stat();
		if (!stats.isFile()) throw new PublicError('VALIDATION_ERROR', `${path} is no file.`);
		if (stats.size === 0) throw new PublicError('UNPROCESSABLE', `${path} is empty. Fetch it again from its source.`);
		const start = await sample(file, 0);
		const end = await sample(file, Math.max(0, stats.size - SAMPLE_BYTES));
		const digest = createHash('sha256').update(start).update(end).digest('hex').slice(0, 40);
		return {path, size_bytes: stats.size, key: `${stats.size}-${digest}`, kind: kindOf(start)};
	} finally {
		await file.close();
	}
}

async function sample(file: FileHandle, position: number): Promise<Buffer> {
	const {buffer, bytesRead} = await file.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, position);
	return buffer.subarray(0, bytesRead);
}

function kindOf(start: Buffer): GivenFile['kind'] {
	if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
	return start.subarray(0, 2).toString('latin1') === 'PK' ? 'zip' : 'text';
}

/** The lines of a text file, packed by gzip or not; `packed` tells how many of the file's bytes have been read. */
export function linesOfFile({path, kind}: GivenFile): {
	lines: AsyncGenerator<Line[]>;
	packed: () => number;
	close: () => void;
} {
	const file = createReadStream(path, {highWaterMark: PIECE_BYTES});
	const packed = () => file.bytesRead;
	if (kind === 'text') return {lines: linesOf(file, packed), packed, close: () => file.destroy()};
	const unpacking = createGunzip({chunkSize: PIECE_BYTES});
	file.on('error', error => unpacking.destroy(error));
	file.pipe(unpacking);
	const close = () => {
		file.destroy();
		unpacking.destroy();
	};
	return {lines: linesOf(unpacking, packed), packed, close};
}
