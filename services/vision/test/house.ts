import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {aHouse, type HouseOptions, type Person, type TestAnswer, type TestHouse} from '@hearth/host/testing.js';
import type {ExecutionContext} from 'ava';
import vision from '../plugin.js';

// Reading a picture takes a second or two, on a busy machine many.
const READ_MS = 90_000;

export interface VisionHouse {
	house: TestHouse;
	upload(file: Buffer, as: Person, options?: {name?: string; languages?: string}): Promise<TestAnswer>;
	/** Waits until the picture is read or given up, and answers its status. */
	untilRead(id: string, as: Person): Promise<{status: string; progress: number; error?: string}>;
	/** How many of each are kept: rows of this person's pictures, objects, doomed objects, files of uploads. */
	kept(person: Person): Promise<{rows: number; objects: number; doomed: number; files: number}>;
}

export const NOTHING = {rows: 0, objects: 0, doomed: 0, files: 0};

/** A house that runs vision; closed at the end of the test. */
export async function aVisionHouse(
	t: ExecutionContext<unknown>,
	options: Partial<HouseOptions> = {},
): Promise<VisionHouse> {
	t.timeout(READ_MS + 30_000);
	const house = await aHouse(t, {plugins: [vision], ...options});
	return {
		house,
		upload: (file, as, options) => house.ask('POST', '/api/v1/images/upload', {as, body: form(file, options)}),
		untilRead: (id, as) =>
			house.until(async () => {
				const {data} = await house.get(`/api/v1/images/${id}/status`, as);
				return (data.status === 'done' || data.status === 'failed') && data;
			}, READ_MS),
		async kept({id}) {
			const {db, objects} = house.house.contextOf('vision');
			const keys: string[] = [];
			for await (const {key} of objects.list('vision/')) keys.push(key);
			const {doomed} = await db.one<{doomed: number}>('select count(*) as doomed from vision.doomed_objects');
			const {rows} = await db.as(id, tx => tx.one<{rows: number}>('select count(*) as rows from vision.images'));
			return {
				rows,
				objects: keys.length,
				doomed,
				files: (await readdir(path.join(house.data_folder, 'uploads'))).length,
			};
		},
	};
}

export function form(
	file: Buffer,
	{name = 'label.jpg', languages}: {name?: string; languages?: string} = {},
): FormData {
	const data = new FormData();
	if (languages !== undefined) data.set('languages', languages);
	data.set('image', new Blob([Uint8Array.from(file)]), name);
	return data;
}
