import type {Box} from '../../api/types.ts';

// Where a picture lies in its frame, as plain arithmetic. Everything in CSS pixels but the box, which is in fractions of the picture.

export interface Size {
	width: number;
	height: number;
}

/** `scale` 1 shows the whole picture; `x` and `y` are the point of the picture, in fractions, at the middle of the frame. */
export interface View {
	scale: number;
	x: number;
	y: number;
}

export const WHOLE: View = {scale: 1, x: 0.5, y: 0.5};
const CLOSEST = 8;

const fitted = (picture: Size, room: Size): Size => {
	const ratio = Math.min(room.width / picture.width, room.height / picture.height);
	return {width: picture.width * ratio, height: picture.height * ratio};
};

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

// A number alone does not tell in which row it stands, and names stand to the left of their numbers: so between a third and two thirds
// of the picture's width stay in sight, as the print needs it, and the box stands at the right of them.
const WIDEST = 0.66;
const NARROWEST = 0.34;
const BOX_ENDS_AT = 0.92;
const READABLE_PX = 15;

/** The view in which a box can be read in its row. */
export function toBox(box: Box, picture: Size, room: Size): View {
	const fit = fitted(picture, room);
	const toShow = (part: number) => room.width / (Math.max(box.width * 1.3, part) * fit.width);
	const readable = READABLE_PX / (box.height * fit.height);
	const scale = clamp(clamp(readable, toShow(WIDEST), toShow(NARROWEST)), 1, CLOSEST);
	const inSight = room.width / (fit.width * scale);
	const middle = box.x + box.width - (BOX_ENDS_AT - 0.5) * inSight;
	return {scale, x: Math.min(box.x + box.width / 2, middle), y: box.y + box.height / 2};
}

/** The rectangle that the picture takes, never leaving a gap at one side while it overflows the other. */
export function centred({scale, x, y}: View, picture: Size, room: Size): Size & {left: number; top: number} {
	const fit = fitted(picture, room);
	const width = fit.width * scale;
	const height = fit.height * scale;
	return {
		width,
		height,
		left: width <= room.width ? (room.width - width) / 2 : clamp(room.width / 2 - x * width, room.width - width, 0),
		top:
			height <= room.height ? (room.height - height) / 2 : clamp(room.height / 2 - y * height, room.height - height, 0),
	};
}

/** The view that shows what lies there now: `x` and `y` may point beyond what the edges allow. */
function settled(view: View, picture: Size, room: Size): View {
	const {left, top, width, height} = centred(view, picture, room);
	return {scale: view.scale, x: (room.width / 2 - left) / width, y: (room.height / 2 - top) / height};
}

export function moved(view: View, dx: number, dy: number, picture: Size, room: Size): View {
	const {width, height} = centred(view, picture, room);
	const {x, y} = settled(view, picture, room);
	return settled({scale: view.scale, x: x - dx / width, y: y - dy / height}, picture, room);
}

export const zoomed = (view: View, factor: number, picture: Size, room: Size): View => {
	const scale = clamp(view.scale * factor, 1, CLOSEST);
	return scale === 1 ? WHOLE : settled({...settled(view, picture, room), scale}, picture, room);
};

interface Point {
	x: number;
	y: number;
}

/** One of two fingers went from `before` to `now`: what lay under their middle stays there. */
export function pinched(
	view: View,
	{before, now, other}: {before: Point; now: Point; other: Point},
	corner: {left: number; top: number},
	picture: Size,
	room: Size,
): View {
	const factor =
		Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
	const scale = clamp(view.scale * factor, 1, CLOSEST);
	if (scale === 1) return WHOLE;
	const old = centred(view, picture, room);
	const middle = {x: (now.x + other.x) / 2 - corner.left, y: (now.y + other.y) / 2 - corner.top};
	const under = {x: (middle.x - old.left) / old.width, y: (middle.y - old.top) / old.height};
	const fit = fitted(picture, room);
	return settled(
		{
			scale,
			x: under.x + (room.width / 2 - middle.x) / (fit.width * scale),
			y: under.y + (room.height / 2 - middle.y) / (fit.height * scale),
		},
		picture,
		room,
	);
}
