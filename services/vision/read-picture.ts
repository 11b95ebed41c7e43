import {isSure, readLabel} from '@hearth/nutrition/read-label.js';
import type {Box, Page} from '@hearth/nutrition/words.js';
import type {Engine, Sight} from './engine.js';
import {findTable, type Table} from './find-table.js';
import {type Picture, partOfPicture, sizeOf, type Turn, turnPicture} from './picture.js';

export interface PictureWords {
	/** Of the whole picture, at reading size. */
	page: Page;
	/**
	 * Of the table alone, read again in a size that suits its letters; null where no table was found, and where the first look left no
	 * doubt. Boxes are of the whole picture.
	 */
	table: Page | null;
	/** The picture as it should be seen, where it stood on its side or its head; boxes are of this one. */
	turned: Picture | null;
}

export interface ReadPictureOptions {
	languages: readonly string[];
	signal: AbortSignal;
	/** Told how much of the work is done, 0–1, a few times. */
	progress: (share: number) => Promise<void>;
	/** Whether a table that leaves a doubt is looked at again; yes unless told otherwise. */
	again?: boolean;
}

const MAX_ENLARGEMENT = 3;
const WHOLE: Box = {x: 0, y: 0, width: 1, height: 1};

/** Finds the words of a label: first on the whole picture, then, where that leaves a doubt, on its table. */
export async function readPicture(
	jpeg: Buffer,
	engine: Engine,
	{languages, signal, progress, again = true}: ReadPictureOptions,
): Promise<PictureWords> {
	const {sight} = engine;
	const read = (image: Buffer) => engine.read(image, {languages, signal});
	const {page, degrees, found} = await findWords(jpeg, sight, read, progress);
	const turned = degrees === 0 ? null : await turnPicture(jpeg, degrees);
	const closer = (image: Buffer) => engine.read(image, {languages, signal, again: true});
	const table =
		found === null || !again || isSure(readLabel(page))
			? null
			: await readTable(turned?.jpeg ?? jpeg, found, sight, closer);
	await progress(0.95);
	return {page, table, turned};
}

type Read = (image: Buffer) => Promise<Page>;

/** Looks at the whole picture, also larger and turned, until there is a table; answers the first look where there never is. */
async function findWords(
	jpeg: Buffer,
	{page_px, large_page_px, colour}: Sight,
	read: Read,
	progress: ReadPictureOptions['progress'],
): Promise<{page: Page; degrees: Turn; found: Table | null}> {
	const {width_px, height_px} = await sizeOf(jpeg);
	const side_px = Math.max(width_px, height_px);
	const look = async (degrees: Turn, longer_px: number) => {
		const scale = Math.min(longer_px / side_px, MAX_ENLARGEMENT);
		const {image} = await partOfPicture(jpeg, {region: WHOLE, scale, degrees, colour});
		const page = await read(image);
		return {page, degrees, found: findTable(page)};
	};
	const first = await look(0, page_px);
	await progress(0.4);
	if (first.found !== null) return first;
	// Small letters are common, and a picture on its side that does not say so is rare.
	const large_px = Math.min(large_page_px, side_px * MAX_ENLARGEMENT);
	for (const [degrees, longer_px, share] of [
		[0, large_px, 0.6],
		[90, page_px, 0.7],
		[270, page_px, 0.75],
		[180, page_px, 0.8],
	] as const) {
		if (longer_px < page_px || (degrees !== 0 && isUpright(first.page))) continue;
		const another = await look(degrees, longer_px);
		await progress(share);
		if (another.found !== null) return another;
	}
	return first;
}

// So many long words, read so surely, are not read from the side or from below.
const UPRIGHT_WORDS = 8;

const isUpright = ({words}: Page): boolean =>
	words.filter(({text, confidence}) => confidence > 0.9 && /\p{L}{5}/u.test(text)).length >= UPRIGHT_WORDS;

async function readTable(
	jpeg: Buffer,
	{region, letter_height}: Table,
	{letters_px, table_px, colour}: Sight,
	read: Read,
): Promise<Page> {
	const size = await sizeOf(jpeg);
	const scale = Math.min(
		letters_px / (letter_height * size.height_px),
		MAX_ENLARGEMENT,
		table_px / Math.max(region.width * size.width_px, region.height * size.height_px),
	);
	const part = await partOfPicture(jpeg, {region, scale, colour, stretched: colour === 'grey'});
	const {words} = await read(part.image);
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
