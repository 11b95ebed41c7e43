import sharp from 'sharp';

/** What the label in the photo says, per 100 g; `salt_g` stands there in grey and small, so that it is easily misread. */
export const PRINTED = {
	energy_kj: 1578,
	energy_kcal: 375,
	fat_g: 7.5,
	saturated_fat_g: 1.4,
	carbohydrate_g: 58.2,
	sugars_g: 0.9,
	fiber_g: 10.4,
	protein_g: 13.6,
	salt_g: 0.02,
} as const;

const ROWS: [string, string][] = [
	['Energy', '1578 kJ / 375 kcal'],
	['Fat', '7.5 g'],
	['of which saturates', '1.4 g'],
	['Carbohydrate', '58.2 g'],
	['of which sugars', '0.9 g'],
	['Fibre', '10.4 g'],
	['Protein', '13.6 g'],
	['Salt', '0.02 g'],
];

/** A photo of a pack of oats as a phone takes it: upright by its EXIF orientation only, slightly turned, on a kitchen table. */
export async function labelPhoto(): Promise<Buffer> {
	const rows = ROWS.map(([name, value], row) => {
		const y = 320 + row * 84;
		const part = name.startsWith('of');
		return `<text x="${part ? 110 : 80}" y="${y}" font-weight="${part ? 400 : 700}">${name}</text>
			<text x="920" y="${y}" text-anchor="end">${value}</text>
			<line x1="80" x2="920" y1="${y + 28}" y2="${y + 28}" stroke="#222" stroke-width="2"/>`;
	}).join('');
	const label = `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1060">
		<rect width="1000" height="1060" rx="18" fill="#fdfcf7"/>
		<g font-family="DejaVu Sans, Arial, sans-serif" font-size="40" fill="#141414">
			<text x="80" y="100" font-size="56" font-weight="700">Nutrition information</text>
			<text x="80" y="200" font-weight="700">Average values</text>
			<text x="920" y="200" text-anchor="end" font-weight="700">per 100 g</text>
			<line x1="80" x2="920" y1="232" y2="232" stroke="#141414" stroke-width="6"/>
			${rows}
		</g>
	</svg>`;
	const pack = `<svg xmlns="http://www.w3.org/2000/svg" width="1500" height="2000">
		<defs>
			<linearGradient id="table" x2="0.3" y2="1"><stop stop-color="#8a6a4c"/><stop offset="1" stop-color="#5c4330"/></linearGradient>
			<linearGradient id="pack" x2="1" y2="0.4"><stop stop-color="#e9c98b"/><stop offset="1" stop-color="#d3a85c"/></linearGradient>
		</defs>
		<rect width="1500" height="2000" fill="url(#table)"/>
		<rect x="130" y="110" width="1240" height="1780" rx="40" fill="url(#pack)"/>
		<text x="750" y="330" font-family="DejaVu Serif, serif" font-size="130" font-weight="700" fill="#5a3410" text-anchor="middle">Rolled oats</text>
		<text x="750" y="440" font-family="DejaVu Sans, sans-serif" font-size="56" fill="#7a5222" text-anchor="middle">wholegrain · 500 g</text>
	</svg>`;
	const upright = await sharp(Buffer.from(pack))
		.composite([{input: Buffer.from(label), left: 250, top: 560}])
		.rotate(1.2, {background: '#6b4f39'})
		.blur(0.6)
		.toBuffer();
	// Orientation 6: the pixels lie on their side, a viewer turns them a quarter clockwise.
	return sharp(await sharp(upright).rotate(-90).toBuffer())
		.withMetadata({orientation: 6})
		.jpeg({quality: 86})
		.toBuffer();
}
