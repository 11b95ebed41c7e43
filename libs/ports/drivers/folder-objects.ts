import {randomUUID} from 'node:crypto';
import type {Dirent} from 'node:fs';
import {type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {Readable} from 'node:stream';
import {makeFolder} from '../make-folder.js';
import {
	checkContentType,
	checkKey,
	NoSuchObject,
	type Objects,
	ObjectsAway,
	ObjectTooLarge,
	tellingFailures,
} from '../objects.js';
import {StartupError} from '../startup-error.js';

// An object is one file: its bytes, then a trailer of fixed length that holds its content type. Pictures and archives are still read by
// every other program, and a file without a trailer was not written by us. A folder's name ends in a sign that no key may hold, because
// the keys `a` and `a/b` may both exist.
const FOLDER_SIGN = '+';
const UNFINISHED = '~unfinished';
const TRAILER_BYTES = 160;
const TRAILER_START = '\nhearth-object/1 ';
// What a killed process left unfinished; no upload takes this long.
const UNFINISHED_AGE_MS = 3_600_000;

/** Objects in a folder of this machine. Throws `StartupError` where it cannot be written. */
export async function openFolderObjects(folder: string): Promise<Objects> {
	const root = resolve(folder);
	const unfinished = join(root, UNFINISHED);
	try {
		makeFolder(unfinished);
		for (const name of await readdir(unfinished)) {
			const {mtimeMs} = await stat(join(unfinished, name));
			if (mtimeMs < Date.now() - UNFINISHED_AGE_MS) await rm(join(unfinished, name), {force: true});
		}
		await writable(unfinished);
	} catch (error) {
		throw new StartupError(
			`${root} cannot be written (${(error as NodeJS.ErrnoException).code}): make it writable, or set HEARTH_DATA to another folder.`,
			{cause: error},
		);
	}

	function pathOf(key: string): string {
		checkKey(key);
		const parts = key.split('/');
		const name = parts.pop() as string;
		return join(root, ...parts.map(part => part + FOLDER_SIGN), name);
	}

	async function openObject(key: string) {
		const path = pathOf(key);
		let file: FileHandle;
		try {
			file = await open(path, 'r');
		} catch (error) {
			if (isMissing(error)) throw new NoSuchObject(key);
			throw error;
		}
		try {
			return {file, ...(await readTrailer(file, path))};
		} catch (error) {
			await file.close();
			throw error;
		}
	}

	async function* walk(at: string, above: string, prefix: string): ReturnType<Objects['list']> {
		for (const {name, entry} of await entriesOf(at)) {
			const key = above + name;
			if (entry.isDirectory()) {
				if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(join(at, entry.name), key, prefix);
			} else if (key.startsWith(prefix)) {
				const found = await stat(join(at, entry.name)).catch(ifMissing(null));
				// Deleted since the folder was read.
				if (found !== null) yield {key, size_bytes: found.size - TRAILER_BYTES, modified_at: found.mtime};
			}
		}
	}

	const objects: Objects = {
		async put(key, body, {content_type = 'application/octet-stream'} = {}) {
			const path = pathOf(key);
			const trailer = trailerOf(checkContentType(content_type));
			const temporary = join(unfinished, randomUUID());
			let size_bytes = 0;
			try {
				const file = await open(temporary, 'wx', 0o600);
				try {
					for await (const piece of Buffer.isBuffer(body) ? [body] : body) {
						const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
						await writeAll(file, bytes);
						size_bytes += bytes.length;
					}
					await writeAll(file, trailer);
					await file.sync();
				} finally {
					await file.close();
				}
				await moveInto(temporary, path, root);
			} catch (error) {
				await rm(temporary, {force: true});
				throw error;
			}
			return {size_bytes};
		},
		async get(key) {
			const {file, size_bytes, content_type} = await openObject(key);
			if (size_bytes === 0) {
				await file.close();
				return {body: Readable.from([]), size_bytes, content_type};
			}
			// Closes the file when it has been read or is destroyed.
			return {body: file.createReadStream({start: 0, end: size_bytes - 1}), size_bytes, content_type};
		},
		async read(key, max_bytes) {
			const {file, size_bytes} = await openObject(key);
			try {
				if (size_bytes > max_bytes) throw new ObjectTooLarge(key, max_bytes);
				return await readAt(file, 0, size_bytes);
			} finally {
				await file.close();
			}
		},
		async exists(key) {
			return (await stat(pathOf(key)).catch(ifMissing(null)))?.isFile() ?? false;
		},
		async delete(...keys) {
			for (const path of keys.map(pathOf)) {
				await rm(path, {force: true}).catch(ifMissing(undefined));
				await pruneEmpty(dirname(path), root);
			}
		},
		list: prefix => walk(root, '', prefix),
		check: () => writable(unfinished),
		async close() {},
	};
	return tellingFailures(objects, error => (isDisk(error) ? new ObjectsAway(error) : error));
}

/** No room, a quota, a limit of the size of files, a disk that fails, or one that became read-only because it did. */
const isDisk = (error: unknown) =>
	['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EMFILE', 'ENFILE'].includes(
		(error as NodeJS.ErrnoException).code ?? '',
	);

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

const ifMissing =
	<T>(value: T) =>
	(error: unknown): T => {
		if (isMissing(error)) return value;
		throw error;
	};

/** Files and folders of a folder by the key they stand for, in the byte order of the keys. */
async function entriesOf(at: string): Promise<{name: string; entry: Dirent}[]> {
	const entries = await readdir(at, {withFileTypes: true}).catch(ifMissing<Dirent[]>([]));
	return entries
		.filter(entry => entry.name !== UNFINISHED && entry.isDirectory() === entry.name.endsWith(FOLDER_SIGN))
		.map(entry => ({name: entry.isDirectory() ? `${entry.name.slice(0, -FOLDER_SIGN.length)}/` : entry.name, entry}))
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function trailerOf(content_type: string): Buffer {
	return Buffer.from(`${(TRAILER_START + content_type).padEnd(TRAILER_BYTES - 1)}\n`);
}

async function readTrailer(file: FileHandle, path: string): Promise<{size_bytes: number; content_type: string}> {
	const {size} = await file.stat();
	const size_bytes = size - TRAILER_BYTES;
	const trailer = size_bytes < 0 ? '' : (await readAt(file, size_bytes, TRAILER_BYTES)).toString();
	if (!trailer.startsWith(TRAILER_START)) throw new Error(`${path} is damaged: its end is missing`);
	return {size_bytes, content_type: trailer.slice(TRAILER_START.length).trim()};
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
	const buffer = Buffer.alloc(length);
	let filled = 0;
	while (filled < length) {
		const {bytesRead} = await file.read(buffer, filled, length - filled, position + filled);
		if (bytesRead === 0) throw new Error('The file became shorter while it was read');
		filled += bytesRead;
	}
	return buffer;
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
	let written = 0;
	while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
}

/** Puts a finished file in its place for good: the folders that lead to it reach the disk too. */
async function moveInto(temporary: string, path: string, root: string): Promise<void> {
	const folder = dirname(path);
	for (let attempt = 1; ; attempt++) {
		const firstMade = await mkdir(folder, {recursive: true, mode: 0o700});
		try {
			await rename(temporary, path);
		} catch (error) {
			// Another call deleted the last object of the folder and the folder with it.
			if (isMissing(error) && attempt < 10) continue;
			throw error;
		}
		const last = firstMade === undefined ? folder : dirname(firstMade);
		for (let at = folder; ; at = dirname(at)) {
			await syncFolder(at);
			if (at === last || at === root) return;
		}
	}
}

async function syncFolder(path: string): Promise<void> {
	// Windows opens no folders; its file systems write the entry with the file.
	if (process.platform === 'win32') return;
	const folder = await open(path, 'r').catch(ifMissing(null));
	// Emptied and removed by another call since: then there is nothing to keep.
	if (folder === null) return;
	try {
		await folder.sync();
	} finally {
		await folder.close();
	}
}

/** Removes folders that became empty; one that did not is another object's. */
async function pruneEmpty(from: string, root: string): Promise<void> {
	for (let at = from; at !== root; at = dirname(at)) {
		try {
			await rmdir(at);
		} catch (error) {
			if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
			if (!isMissing(error)) throw error;
		}
	}
}

async function writable(folder: string): Promise<void> {
	const probe = join(folder, randomUUID());
	await (await open(probe, 'wx', 0o600)).close();
	await rm(probe);
}
