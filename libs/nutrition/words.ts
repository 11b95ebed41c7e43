import {z} from 'zod';

/** Words of one picture that the reader takes at most; a page of small print has about a thousand. */
export const MAX_WORDS = 5000;

const fraction = z.number().min(-0.5).max(1.5);

/**
 * Where something stands on the upright picture, in fractions of its width (`x`, `width`) and height (`y`, `height`), from the upper
 * left corner. Fractions, so that it holds for every size the picture is shown in; an engine may go slightly over the edge.
 */
export const box = z.strictObject({
	x: fraction,
	y: fraction,
	width: z.number().min(0).max(2),
	height: z.number().min(0).max(2),
});
export type Box = z.output<typeof box>;

/** A piece of text without line breaks as an engine read it: a word, or with some engines a whole cell or line. */
export const word = z.strictObject({
	text: z.string().max(1000),
	/** 0–1, as the engine sees it. */
	confidence: z.number().min(0).max(1),
	box,
	/** How far the line falls there for each pixel to the right, where the engine can tell. */
	slope: z.number().min(-10).max(10).optional(),
});
export type Word = z.output<typeof word>;

/** What an engine answers. The size in pixels is that of the upright picture; slopes and text heights need its aspect ratio. */
export const page = z.strictObject({
	words: z.array(word).max(MAX_WORDS),
	width_px: z.number().int().positive(),
	height_px: z.number().int().positive(),
});
export type Page = z.output<typeof page>;

/** The smallest box around all of them; null for none. */
export function boxAround(boxes: Iterable<Box>): Box | null {
	let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
	for (const {x, y, width, height} of boxes) {
		left = Math.min(left, x);
		top = Math.min(top, y);
		right = Math.max(right, x + width);
		bottom = Math.max(bottom, y + height);
	}
	return left > right ? null : {x: left, y: top, width: right - left, height: bottom - top};
}
