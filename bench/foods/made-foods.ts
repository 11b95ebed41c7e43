import {createWriteStream} from 'node:fs';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {foldText, searchWords} from '@hearth/food/fold-text.js';
import {checkDigit} from '@hearth/nutrition/gtin.js';

// A million foods such as people print on packets: few words that are everywhere, many that are rare, brands of all sizes, names that
// thousands share, and a popularity of which a few have most. The same seed makes the same foods.

const FOODS =
	`milk bread butter cheese yogurt skyr chocolate cookies biscuits crackers chips cereal muesli granola porridge oats rice
	pasta spaghetti penne noodles soup broth sauce ketchup mustard mayonnaise pesto salsa hummus salad tomatoes potatoes carrots onions
	spinach broccoli peas beans lentils chickpeas corn mushrooms peppers olives pickles apples bananas oranges strawberries raspberries
	blueberries grapes mango pineapple peach pear cherries juice lemonade cola water tea coffee cocoa smoothie nectar syrup honey jam
	marmalade spread peanuts almonds walnuts hazelnuts cashews pistachios raisins dates figs chicken turkey beef pork ham bacon sausage
	salami meatballs burger steak salmon tuna shrimp cod herring sardines fishfingers eggs tofu tempeh seitan pizza lasagna ravioli
	dumplings pancakes waffles muffins croissant bagel tortilla wrap sandwich pretzel cake brownie pie tart pudding custard icecream sorbet
	candy caramel toffee gummies licorice marshmallow nougat protein powder shake bar flour sugar salt oil vinegar yeast spices cinnamon
	fromage lait pain beurre poulet jambon compote crème gâteau käse milch brot wurst schinken kekse müsli quark sahne leche queso arroz
	galletas jamón aceite tomate latte formaggio pane prosciutto gelato biscotti smör mjölk bröd kaas boter hagelslag`.split(
		/\s+/,
	);
const KINDS =
	`organic natural original classic whole low-fat fat-free light skimmed semi-skimmed unsweetened sugar-free salted unsalted
	roasted smoked grilled dried fresh frozen canned sliced grated chopped crunchy crispy creamy smooth spicy mild sweet sour dark white
	red green black extra virgin raw vegan vegetarian gluten-free lactose-free wholegrain wholemeal multigrain seeded baked fried
	instant ready mini large family premium traditional homestyle homemade italian french greek mexican thai indian japanese bio nature
	entier demi-écrémé noir blanc fumé`.split(/\s+/);
const FLAVOURS =
	`vanilla strawberry lemon lime orange raspberry blueberry banana coconut caramel hazelnut almond peanut honey mint
	chili garlic basil oregano paprika curry ginger turmeric pepper onion truffle cheddar mozzarella parmesan gouda feta bbq teriyaki
	salt vinegar sourcream rosemary thyme cranberry apple cinnamon pumpkin maple espresso mocha matcha rhubarb elderflower`.split(
		/\s+/,
	);
const BRANDS =
	`Nestlé Kellogg’s Danone Alpro Oatly Barilla Heinz Lidl Aldi Tesco Carrefour Auchan Hacendado Bonduelle Ferrero Milka
	Lindt Haribo Ritter Arla Müller Philadelphia Activia Knorr Maggi Unilever Kraft Campbell’s Quaker Coca-Cola Pepsi Fanta Tropicana
	Innocent Lavazza Twinings Bahlsen Lu Lotus Pringles Lay’s Doritos McVitie’s Cadbury Mars Snickers Twix`.split(/\s+/);
const SYLLABLES =
	`ba be bo bri ca cel chi co da del do dra el fa fen fi ga gal go gra ha hel jo ka kel ki la len li lo ma mel mi mon na
	nel ni no or pa pel pi por ra ren ri ro sa sel si sol ta tel ti tor va vel vi za zel`.split(/\s+/);

/** Numbers from 0 below 1, the same for the same seed (Mulberry32). */
export function numbersFrom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

interface MadeFood {
	name: string;
	brand: string | null;
	barcode: string | null;
	popularity: number;
}

export function* madeFoods(count: number, seed: number): Generator<MadeFood> {
	const random = numbersFrom(seed);
	// The first of a list are the commonest, as words are in any language.
	const oneOf = (list: readonly string[]) => list[Math.floor(list.length * random() ** 2.2)] ?? '';
	const chance = (part: number) => random() < part;
	const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
	const coined = () => Array.from({length: 2 + Math.floor(random() * 3)}, () => oneOf(SYLLABLES)).join('');
	const brands = [...BRANDS, ...Array.from({length: 20_000}, () => capital(coined()))];
	// Of places, people and things that few packets speak of.
	const rare = Array.from({length: 60_000}, coined);
	for (let at = 0; at < count; at += 1) {
		const words = [oneOf(FOODS)];
		if (chance(0.55)) words.unshift(oneOf(KINDS));
		if (chance(0.2)) words.unshift(oneOf(KINDS));
		if (chance(0.4)) words.push(oneOf(FLAVOURS));
		if (chance(0.25)) words.push(oneOf(FOODS));
		if (chance(0.2)) words.push(rare[Math.floor(rare.length * random())] ?? '');
		if (chance(0.15)) words.push(`${Math.ceil(random() * 20) * 50}`, chance(0.6) ? 'g' : 'ml');
		const digits = `${100_000_000_000 + Math.floor(random() * 899_999_999_999)}`;
		yield {
			name: capital([...new Set(words)].join(' ')),
			brand: chance(0.8) ? oneOf(brands) : null,
			barcode: chance(0.9) ? digits + checkDigit(digits) : null,
			// Most are scanned by nobody.
			popularity: Math.floor(0.6 / (random() + 1e-6) ** 0.9),
		};
	}
}

/** The columns of food.foods that the file of `writeFoods` holds. */
export const COLUMNS = `id, name, brand, barcode, basis, nutrients, status, source, verified_at, created_at, updated_at, name_key,
	brand_key, gtin, search, word_count, popularity`;

/** Writes them as COPY reads them; answers the words by which they are found. */
export async function writeFoods(file: string, count: number, seed: number): Promise<Set<string>> {
	const learnt = new Set<string>();
	await pipeline(Readable.from(lines(count, seed, learnt)), createWriteStream(file));
	return learnt;
}

function* lines(count: number, seed: number, learnt: Set<string>): Generator<string> {
	const AT = '2026-01-01T00:00:00Z';
	let at = 0;
	let chunk = '';
	for (const {name, brand, barcode, popularity} of madeFoods(count, seed)) {
		const words = searchWords(`${name} ${brand ?? ''}`);
		for (const word of words) learnt.add(word);
		const id = `00000000-0000-4000-8000-${(at++).toString(16).padStart(12, '0')}`;
		const nutrients = JSON.stringify({
			energy_kcal: at % 900,
			fat_g: at % 100,
			protein_g: at % 30,
			salt_g: (at % 50) / 10,
		});
		const fields = [
			id,
			name,
			brand,
			barcode,
			'100g',
			nutrients,
			'verified',
			'openfoodfacts',
			AT,
			AT,
			AT,
			foldText(name),
		];
		const found = [foldText(brand ?? ''), barcode?.padStart(14, '0') ?? null, words.map(word => `'${word}'`).join(' ')];
		chunk += `${[...fields, ...found, words.length, popularity].map(field => field ?? '\\N').join('\t')}\n`;
		if (chunk.length > 65_536) {
			yield chunk;
			chunk = '';
		}
	}
	yield chunk;
}
