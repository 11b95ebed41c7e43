import {findNames, type Name} from '@hearth/nutrition/names.js';
import {buildRows, median, type Row} from '@hearth/nutrition/rows.js';
import {type Box, boxAround, type Page} from '@hearth/nutrition/words.js';

export interface Table {
	/** Where the table stands, with its heads and some room for what was not seen. */
	region: Box;
	/** Of its letters, as a share of the picture's height. */
	letter_height: number;
}

const names = (row: Row): Name[] => findNames(row).filter(({named}) => named !== 'other');

// In letter heights. A head of two or three lines stands above the first nutrient; below the last there is only its own line.
const ABOVE = 6;
const BELOW = 3;
const ASIDE = 2;
// Lines of a table that are further apart than this belong to different things: a table and the list of ingredients, say.
const MAX_GAP = 8;

/**
 * Where the nutrition table is, from the names of nutrients on the page; null where fewer than three stand together. The list of
 * ingredients names salt and sugar too, so lines that have a number count, and of several groups the one with most nutrients.
 */
export function findTable(page: Page): Table | null {
	const named = buildRows(page)
		.map(row => ({row, names: names(row)}))
		.filter(({row, names}) => names.length > 0 && names.length <= 4 && /\d/.test(row.text));
	const height = median(named.map(({row}) => row.height));
	if (height === null) return null;
	const groups: (typeof named)[] = [];
	for (const line of named) {
		const group = groups.at(-1);
		const last = group?.at(-1);
		if (group && last && line.row.y - last.row.y <= MAX_GAP * height) group.push(line);
		else groups.push([line]);
	}
	const kinds = (group: typeof named) => new Set(group.flatMap(({names}) => names.map(({named}) => named))).size;
	const best = groups.sort((a, b) => kinds(b) - kinds(a))[0];
	if (best === undefined || kinds(best) < 3) return null;
	const nameBox = boxAround(best.flatMap(({names}) => names.map(({place}) => place.box)));
	const lineBox = boxAround(best.map(({row}) => row.box));
	if (nameBox === null || lineBox === null) return null;
	const [line_y, line_x] = [height / page.height_px, height / page.width_px];
	const left = Math.min(lineBox.x, nameBox.x) - ASIDE * line_x;
	// Amounts that the first look missed stand to the right of the names, about as far again.
	const right = Math.max(lineBox.x + lineBox.width + ASIDE * line_x, nameBox.x + 2 * nameBox.width);
	const top = lineBox.y - ABOVE * line_y;
	const bottom = lineBox.y + lineBox.height + BELOW * line_y;
	return {region: {x: left, y: top, width: right - left, height: bottom - top}, letter_height: line_y};
}
