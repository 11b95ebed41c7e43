import {PublicError} from '@hearth/host/errors.js';
import type {Box} from '@hearth/nutrition/words.js';
import {fileTypeFromBuffer} from 'file-type';

/** Largest upload, in bytes; API.md 'Label photos'. */
export const MAX_UPLOAD_BYTES = 15 * 1024 * 1024;
const MAX_PIXELS = 60_000_000;
const MIN_SIDE_PX = 16;
// The longer side of what is kept. A table that fills a quarter of such a picture still has letters 30 px high, and a decoder that
// can shrink while it reads needs 0.2 GB for 60 megapixels (test/measure-memory.ts; 0.3 for a progressive JPEG, 0.5 for an interlaced 16-bit PNG).
const MAX_SIDE_PX = 4096;
/** No picture that we keep is larger: 4096 × 4096 of noise at this quality is 14 MB. */
export const MAX_KEPT_BYTES = 32 * 1024 * 1024;
const JPEG = {quality: 90};

export interface Picture {
	jpeg: Buffer;
	width_px: number;
	height_px: number;
}

// Loaded when there is a picture: most processes that know this plugin never see one, and it takes 30 MB.
async function loadSharp() {
	const {default: sharp} = await import('sharp');
	sharp.cache(false);
	// One thread a picture; what else runs in this process needs its turn too.
	sharp.concurrency(1);
	return sharp;
}

/**
 * The upright picture without its metadata (place, device, time), at most 4096 px a side. Throws what the person should be told:
 * UNSUPPORTED_MEDIA for what is no photograph we read, UNPROCESSABLE for one that cannot be decoded, is too small or too large.
 */
export async function preparePicture(upload: Buffer): Promise<Picture> {
	await checkFormat(upload);
	const sharp = await loadSharp();
	// Only the header is read here, so that a small file of a vast picture costs nothing.
	const {width, height} = await decoded(sharp(upload, {limitInputPixels: false}).metadata());
	if (width < MIN_SIDE_PX || height < MIN_SIDE_PX) {
		throw unprocessable(
			`This picture is ${width} × ${height} pixels; send one of at least ${MIN_SIDE_PX} on each side.`,
		);
	}
	if (width * height > MAX_PIXELS) {
		const megapixels = Math.round((width * height) / 1e6);
		throw unprocessable(`This picture has ${megapixels} megapixels; send one of at most ${MAX_PIXELS / 1e6}.`);
	}
	const {data, info} = await decoded(
		sharp(upload, {limitInputPixels: MAX_PIXELS, failOn: 'truncated', sequentialRead: true})
			.autoOrient()
			.resize({width: MAX_SIDE_PX, height: MAX_SIDE_PX, fit: 'inside', withoutEnlargement: true})
			.flatten({background: '#fff'})
			.toColourspace('srgb')
			.jpeg(JPEG)
			.toBuffer({resolveWithObject: true}),
	);
	return {jpeg: data, width_px: info.width, height_px: info.height};
}

async function checkFormat(upload: Buffer): Promise<void> {
	const type = await fileTypeFromBuffer(upload);
	switch (type?.mime) {
		case 'image/jpeg':
		case 'image/png':
		case 'image/apng':
		case 'image/webp':
			return;
		case 'image/heic':
		case 'image/heif':
		case 'image/heic-sequence':
		case 'image/heif-sequence': {
			const {format} = await loadSharp();
			if (format.heif.input.fileSuffix?.includes('.heic')) return;
			throw new PublicError('UNSUPPORTED_MEDIA', 'This server cannot read HEIC pictures; send it as a JPEG.');
		}
		default:
			throw new PublicError(
				'UNSUPPORTED_MEDIA',
				`This file is ${type === undefined ? 'not a picture' : `of type ${type.mime}`}; send a JPEG, PNG or WebP picture.`,
			);
	}
}

const unprocessable = (message: string, cause?: unknown) => new PublicError('UNPROCESSABLE', message, {cause});

// The bytes are in memory already, so what fails here is the picture.
async function decoded<T>(work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (cause) {
		throw unprocessable('This picture is damaged or not complete; take or send it again.', cause);
	}
}

/** The size of a PNG or JPEG, from its header. */
export async function sizeOf(image: Buffer): Promise<{width_px: number; height_px: number}> {
	const sharp = await loadSharp();
	const {width, height} = await sharp(image).metadata();
	return {width_px: width, height_px: height};
}

/** Degrees clockwise. */
export type Turn = 0 | 90 | 180 | 270;

export async function turnPicture(jpeg: Buffer, degrees: Turn): Promise<Picture> {
	const sharp = await loadSharp();
	const {data, info} = await sharp(jpeg).rotate(degrees).jpeg(JPEG).toBuffer({resolveWithObject: true});
	return {jpeg: data, width_px: info.width, height_px: info.height};
}

/** The part of a picture inside `box`, with a margin of `margin` box heights on all sides, as JPEG. */
export async function cropPicture(jpeg: Buffer, box: Box, margin = 0.5): Promise<Buffer> {
	const sharp = await loadSharp();
	const {width_px, height_px} = await sizeOf(jpeg);
	const around = box.height * height_px * margin;
	return sharp(jpeg)
		.extract(pixelsOf(box, {width_px, height_px}, {left: around, top: around, right: around, bottom: around}))
		.jpeg(JPEG)
		.toBuffer();
}

interface PartOptions {
	region: Box;
	scale: number;
	colour: 'grey' | 'as it is';
	degrees?: Turn;
	stretched?: boolean;
}

/**
 * What an engine is given: the part inside `region` scaled by `scale`, in its colours or grey, as PNG; turned clockwise afterwards, or its contrast
 * stretched, where that is asked for. Answers the region again as whole pixels made it.
 */
export async function partOfPicture(
	jpeg: Buffer,
	{region, scale, colour, degrees = 0, stretched = false}: PartOptions,
): Promise<{image: Buffer; region: Box}> {
	const sharp = await loadSharp();
	const size = await sizeOf(jpeg);
	const pixels = pixelsOf(region, size);
	const part = sharp(jpeg)
		.extract(pixels)
		.resize({
			width: Math.max(Math.round(pixels.width * scale), 1),
			height: Math.max(Math.round(pixels.height * scale), 1),
			fit: 'fill',
			kernel: scale > 1 ? 'cubic' : 'lanczos3',
		})
		.rotate(degrees);
	if (colour === 'grey') part.greyscale();
	if (stretched) part.normalise();
	// It is read once, a moment later.
	const image = await part.png({compressionLevel: 1}).toBuffer();
	return {
		image,
		region: {
			x: pixels.left / size.width_px,
			y: pixels.top / size.height_px,
			width: pixels.width / size.width_px,
			height: pixels.height / size.height_px,
		},
	};
}

// Whole pixels inside the picture, at least one.
function pixelsOf(
	box: Box,
	{width_px, height_px}: {width_px: number; height_px: number},
	margin = {left: 0, top: 0, right: 0, bottom: 0},
) {
	const clamp = (value: number, most: number) => Math.min(Math.max(Math.round(value), 0), most);
	const left = clamp(box.x * width_px - margin.left, width_px - 1);
	const top = clamp(box.y * height_px - margin.top, height_px - 1);
	const right = clamp((box.x + box.width) * width_px + margin.right, width_px);
	const bottom = clamp((box.y + box.height) * height_px + margin.bottom, height_px);
	return {left, top, width: Math.max(right - left, 1), height: Math.max(bottom - top, 1)};
}
