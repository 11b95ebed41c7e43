import sharp from 'sharp';

const WIDTH_PX = 1500;
const ROW_PX = 84;

/** A European label, drawn; `number` changes its values, so that each is another picture and another food. */
export function drawnLabel(number: number): {fields: Record<string, number>; jpeg: Promise<Buffer>} {
	const fields = {
		energy_kj: 1500 + number * 10,
		energy_kcal: Math.round((1500 + number * 10) / 4.184),
		fat_g: 7 + number / 10,
		saturated_fat_g: 1.4,
		carbohydrate_g: 58.5,
		sugars_g: 2 + number / 10,
		protein_g: 13.6,
		salt_g: 0.25,
	};
	const rows = [
		['Nutrition declaration', 'per 100 g'],
		['Energy', `${fields.energy_kj} kJ / ${fields.energy_kcal} kcal`],
		['Fat', `${fields.fat_g} g`],
		['of which saturates', `${fields.saturated_fat_g} g`],
		['Carbohydrate', `${fields.carbohydrate_g} g`],
		['of which sugars', `${fields.sugars_g} g`],
		['Protein', `${fields.protein_g} g`],
		['Salt', `${fields.salt_g} g`],
	];
	const cell = (x: number, row: number, anchor: string, text: string) =>
		`<text x="${x}" y="${ROW_PX * (row + 2)}" font-family="DejaVu Sans, sans-serif" font-size="44" text-anchor="${anchor}">${text}</text>`;
	const cells = rows.map(
		([name = '', value = ''], row) => cell(100, row, 'start', name) + cell(WIDTH_PX - 100, row, 'end', value),
	);
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${ROW_PX * (rows.length + 3)}"><rect width="100%" height="100%" fill="#fff"/>${cells.join('')}</svg>`;
	return {fields, jpeg: sharp(Buffer.from(svg)).jpeg({quality: 90}).toBuffer()};
}
