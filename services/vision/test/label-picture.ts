import sharp, {type Sharp} from 'sharp';

export type Row = readonly [name: string, ...values: string[]];

/** A European table, as `labelPicture` draws it when nothing else is said. */
export const TABLE: readonly Row[] = [
	['Nutrition declaration', 'per 100 g', 'per 30 g'],
	['Energy', '1569 kJ', '471 kJ'],
	['', '373 kcal', '112 kcal'],
	['Fat', '7.2 g', '2.2 g'],
	['of which saturates', '1.4 g', '0.4 g'],
	['Carbohydrate', '58.5 g', '17.6 g'],
	['of which sugars', '0.9 g', '0.3 g'],
	['Fibre', '10.1 g', '3.0 g'],
	['Protein', '13.6 g', '4.1 g'],
	['Salt', '0.03 g', '0.01 g'],
];

export interface LabelOptions {
	rows?: readonly Row[];
	/** Pixels of the whole picture; the table takes the middle. */
	width?: number;
	height?: number;
	/** Clockwise, of the finished picture. */
	turned?: 0 | 90 | 180 | 270;
	/** Something that makes the bytes of this picture its own. */
	mark?: string;
}

/** A drawn label, upright unless turned. Sharp without noise: what is tested is the way of a picture, not how well it is read. */
export async function labelPicture(options: LabelOptions = {}): Promise<Sharp> {
	const {rows = TABLE, width = 1200, height = 1000, turned = 0, mark = ''} = options;
	const line = Math.round((height * 0.8) / (rows.length + 1));
	const columns = [0.1, 0.55, 0.75];
	const text = (x: number, y: number, content: string) =>
		`<text x="${Math.round(x)}" y="${Math.round(y)}" font-family="DejaVu Sans, sans-serif" font-size="${Math.round(line * 0.5)}">${content.replaceAll('<', '&lt;')}</text>`;
	const cells = rows.flatMap((row, index) =>
		row.map((cell, column) => text((columns[column] ?? 0.9) * width, height * 0.1 + line * (index + 1), cell)),
	);
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
		<rect width="100%" height="100%" fill="#fff"/>${cells.join('')}
		<text x="${width * 0.1}" y="${height * 0.97}" font-family="DejaVu Sans, sans-serif" font-size="10" fill="#ddd">${mark}</text></svg>`;
	const drawn = await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
	return sharp(turned === 0 ? drawn : await sharp(drawn).rotate(turned).toBuffer());
}

export const labelJpeg = async (options: LabelOptions = {}): Promise<Buffer> =>
	(await labelPicture(options)).jpeg({quality: 92}).toBuffer();

/** The picture as on a bottle: its lines sag in the middle, by a share of its width. */
export async function bentPicture(picture: Sharp, sag: number): Promise<Sharp> {
	const {data, info} = await picture.removeAlpha().raw().toBuffer({resolveWithObject: true});
	const {width, height, channels} = info;
	const drop = Math.ceil(sag * width);
	const bent = Buffer.alloc(width * (height + drop) * channels, 255);
	for (let x = 0; x < width; x++) {
		const across = (2 * x) / width - 1;
		const by = Math.round(drop * (1 - across * across));
		for (let y = 0; y < height; y++) {
			data.copy(bent, ((y + by) * width + x) * channels, (y * width + x) * channels, (y * width + x + 1) * channels);
		}
	}
	return sharp(bent, {raw: {width, height: height + drop, channels}});
}

/** The picture as a hurried hand takes it: small, not quite sharp, shaded to one side and saved with loss. */
export async function hurriedPicture(picture: Sharp): Promise<Buffer> {
	const {width = 1, height = 1} = await picture
		.clone()
		.toBuffer()
		.then(bytes => sharp(bytes).metadata());
	const shade = Buffer.from(
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="s"><stop offset="0" stop-opacity="0.55"/><stop offset="1" stop-opacity="0"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#s)"/></svg>`,
	);
	const shaded = await picture
		.composite([{input: shade}])
		.removeAlpha()
		.png()
		.toBuffer();
	return sharp(shaded).rotate(3, {background: '#876'}).resize({width: 700}).blur(0.8).jpeg({quality: 60}).toBuffer();
}
