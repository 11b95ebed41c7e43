import type {Box, Page} from '@hearth/nutrition/words.js';
import type {Engine} from './engine.js';
import {countNutrients, findTable, type Table} from './find-table.js';
import {greyPart, type Picture, sizeOf, turnPicture} from './picture.js';

export interface PictureWords {
	/** Of the whole picture, at reading size. */
	page: Page;
	/** Of the table alone, read again in a size that suits its letters; null where no table was found. Boxes are of the whole picture. */
	table: Page | null;
	/** The picture as it should be seen, where it stood on its side or its head; boxes are of this one. */
	turned: Picture | null;
}

export interface ReadPictureOptions {
	languages: readonly string[];
	signal: AbortSignal;
	/** Told how much of the work is done, 0–1, a few times. */
	progress: (share: number) => Promise<void>;
}

// The longer side of the whole page as it is read; see README 'Figures'.
const PAGE_PX = 1600;
// Letters of a table, in pixels, as they are read again. The engine was trained on lines of 36 px, with room above and below.
const LETTERS_PX = 32;
const MAX_ENLARGEMENT = 3;
const MAX_TABLE_PX = 2400;
// Fewer different nutrients than this on a picture, and it may stand on its side or its head.
const FEW_NUTRIENTS = 3;
const WHOLE: Box = {x: 0, y: 0, width: 1, height: 1};

/** Finds the words of a label: first on the whole picture, then on its table. */
export async function readPicture(
	jpeg: Buffer,
	engine: Engine,
	{languages, signal, progress}: ReadPictureOptions,
): Promise<PictureWords> {
	const readPage = async (degrees: 0 | 90 | 180 | 270) => {
		const {width_px, height_px} = await sizeOf(jpeg);
		const scale = Math.min(PAGE_PX / Math.max(width_px, height_px), MAX_ENLARGEMENT);
		const {image} = await greyPart(jpeg, {region: WHOLE, scale, degrees});
		return engine.read(image, {languages, signal});
	};
	const upright = await readPage(0);
	let best: {page: Page; degrees: 0 | 90 | 180 | 270; nutrients: number} = {
		page: upright,
		degrees: 0,
		nutrients: countNutrients(upright),
	};
	await progress(0.4);
	if (best.nutrients < FEW_NUTRIENTS) {
		for (const degrees of [90, 270, 180] as const) {
			const page = await readPage(degrees);
			const nutrients = countNutrients(page);
			if (nutrients > best.nutrients && nutrients >= FEW_NUTRIENTS) best = {page, degrees, nutrients};
		}
		await progress(0.7);
	}
	const turned = best.degrees === 0 ? null : await turnPicture(jpeg, best.degrees);
	const found = findTable(best.page);
	const table = found === null ? null : await readTable(turned?.jpeg ?? jpeg, found, engine, {languages, signal});
	await progress(0.95);
	return {page: best.page, table, turned};
}

async function readTable(
	jpeg: Buffer,
	{region, letter_height}: Table,
	engine: Engine,
	{languages, signal}: {languages: readonly string[]; signal: AbortSignal},
): Promise<Page> {
	const size = await sizeOf(jpeg);
	const scale = Math.min(
		LETTERS_PX / (letter_height * size.height_px),
		MAX_ENLARGEMENT,
		MAX_TABLE_PX / Math.max(region.width * size.width_px, region.height * size.height_px),
	);
	const part = await greyPart(jpeg, {region, scale});
	const {words} = await engine.read(part.image, {languages, signal});
	return {
		...size,
		words: words.map(word => ({
			...word,
			box: {
				x: part.region.x + word.box.x * part.region.width,
				y: part.region.y + word.box.y * part.region.height,
				width: word.box.width * part.region.width,
				height: word.box.height * part.region.height,
			},
		})),
	};
}
