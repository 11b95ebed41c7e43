import {KJ_PER_KCAL} from '@hearth/nutrition/energy.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import {Amounts, plainText, readAmount} from './import-amounts.js';
import type {ImportedFood} from './import-store.js';
import {ALCOHOL_G_PER_ML, OPEN_FOOD_FACTS_NUTRIENTS} from './openfoodfacts-names.js';

/** A product of Open Food Facts by its field names: a field, or `<nutrient>_100g`; whether from JSON or a table. */
export interface Product {
	field: (name: string) => unknown;
	amount: (name: string) => unknown;
	/** True where its amounts are said to be per 100 ml; undefined where that is not said. */
	is_liquid?: boolean | undefined;
}

/** What came of a row: a food with what had to be left out of it, or why there is none. */
export type Reading = {food: ImportedFood; problems: string[]} | {food: null; problems: string[]};

const none = (problem: string): Reading => ({food: null, problems: [problem]});

/**
 * The product that a JSON text is; `field` and `amount` of what is no object answer nothing. Older exports have amounts as
 * `nutriments`, newer ones as `nutrition`, each with its unit.
 */
export function productOf(json: unknown): Product {
	const fields = isObject(json) ? json : {};
	const older = isObject(fields.nutriments) ? fields.nutriments : {};
	const newer = newerAmounts(isObject(fields.nutrition) ? fields.nutrition.aggregated_set : undefined);
	return {
		field: name => own(fields, name),
		amount: name => own(older, name) ?? newer.amount(name),
		is_liquid: newer.is_liquid,
	};
}

/** By which an amount is multiplied to be in grams; energies are in the unit their name says, and alcohol in % vol. */
const IN_GRAMS: Record<string, number> = {
	g: 1,
	mg: 1e-3,
	µg: 1e-6,
	μg: 1e-6,
	ug: 1e-6,
	mcg: 1e-6,
	kcal: 1,
	kJ: 1,
	'% vol': 1,
};

function newerAmounts(set: unknown): Pick<Product, 'amount' | 'is_liquid'> {
	// Of what is made of the product with milk or water nothing is known of the product itself.
	if (!isObject(set) || !isObject(set.nutrients) || set.preparation === 'prepared') return {amount: () => undefined};
	const {nutrients, per} = set;
	const suffix = per === 'serving' ? '_serving' : per === '100g' || per === '100ml' ? '_100g' : null;
	return {
		is_liquid: per === '100ml' ? true : undefined,
		amount(name) {
			if (suffix === null || !name.endsWith(suffix)) return undefined;
			const key = name.slice(0, -suffix.length);
			const nutrient = own(nutrients, key);
			if (!isObject(nutrient)) return undefined;
			const value = readAmount(nutrient.value);
			// What is no amount is told of as it is.
			if (typeof value !== 'number') return nutrient.value;
			const factor =
				key === 'energy' && nutrient.unit === 'kcal' ? KJ_PER_KCAL : IN_GRAMS[textOf(nutrient.unit ?? 'g')];
			return factor === undefined ? undefined : value * factor;
		},
	};
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: Record<string, unknown>, name: string) => (Object.hasOwn(object, name) ? object[name] : undefined);

/** Names of which the first that is there is taken; the product's own language stands in `product_name`. */
const NAMES = ['product_name', 'product_name_en', 'generic_name', 'generic_name_en', 'abbreviated_product_name'];

/** A product as a food of ours, on its label's basis; its amounts are in grams there. */
export function readProduct(product: Product): Reading {
	const code = plainText(textOf(product.field('code')), 64);
	if (code === '') return none('This product has no code.');
	const name = NAMES.map(field => plainText(product.field(field), 200)).find(text => text !== '');
	if (name === undefined) return none(`The product ${code} has no name.`);
	const {amounts, per} = amountsOf(product);
	if (Object.keys(amounts.nutrients).length === 0) {
		return {food: null, problems: [`The product ${code} says nothing of what is in it.`, ...amounts.problems]};
	}
	const gtin = parseGtin(code);
	const problems = [...amounts.problems];
	if (gtin.gtin === undefined) problems.push(`${code} is no barcode and was left out: ${gtin.reason}`);
	const brand = plainText(product.field('brands'), 1000).split(',')[0];
	return {
		problems,
		food: {
			source: 'openfoodfacts',
			source_id: code,
			licence: 'ODbL-1.0',
			popularity: scansOf(product),
			name,
			brand: plainText(brand, 100) || null,
			barcode: gtin.gtin === undefined ? null : code.replace(/\D/g, ''),
			basis: per === 'serving' ? 'serving' : isLiquid(product) ? '100ml' : '100g',
			servings: servingsOf(product, per === 'serving'),
			nutrients: amounts.nutrients,
			// American labels count fibre in, and those of most other countries do not; where a product is sold in both, nobody said.
			carbohydrate_basis: textOf(product.field('countries_tags')) === 'en:united-states' ? 'total' : null,
		},
	};
}

/** How many people have scanned it lately. */
function scansOf(product: Product): number {
	const scans = readAmount(product.field('unique_scans_n'));
	return typeof scans === 'number' ? Math.floor(scans) : 0;
}

function textOf(given: unknown): string {
	if (typeof given === 'string') return given;
	if (typeof given === 'number' && Number.isSafeInteger(given)) return String(given);
	return Array.isArray(given)
		? given
				.slice(0, 20)
				.filter(one => typeof one === 'string')
				.join(',')
		: '';
}

/** Per 100 g or ml; where none of these is known, per serving. */
function amountsOf(product: Product): {amounts: Amounts; per: '100g' | 'serving'} {
	const per100 = readAmounts(product, '100g');
	if (Object.keys(per100.nutrients).length > 0) return {amounts: per100, per: '100g'};
	const perServing = readAmounts(product, 'serving');
	return Object.keys(perServing.nutrients).length > 0
		? {amounts: perServing, per: 'serving'}
		: {amounts: per100, per: '100g'};
}

function readAmounts(product: Product, per: '100g' | 'serving'): Amounts {
	const amounts = new Amounts();
	for (const [name, nutrient, factor] of OPEN_FOOD_FACTS_NUTRIENTS) {
		amounts.add(nutrient, product.amount(`${name}_${per}`), `${name}_${per}`, factor);
	}
	amounts.add('folate_ug', product.amount(`folates_${per}`), `folates_${per}`, 1e6);
	// Of either unit; it is in kJ whatever the label has.
	if (amounts.nutrients.energy_kcal === undefined) {
		amounts.add('energy_kj', product.amount(`energy_${per}`), `energy_${per}`);
	}
	if (per === '100g' && isLiquid(product)) {
		amounts.add('alcohol_g', product.amount('alcohol_100g'), 'alcohol_100g', ALCOHOL_G_PER_ML);
	}
	return amounts;
}

function isLiquid(product: Product): boolean {
	if (product.is_liquid !== undefined) return product.is_liquid;
	const units = [product.field('serving_quantity_unit'), product.field('product_quantity_unit')].map(textOf);
	if (units.includes('g')) return false;
	if (units.includes('ml')) return true;
	return [product.field('quantity'), product.field('serving_size')].some(size =>
		/\d\s*(?:m|c|d)?l\b/i.test(textOf(size)),
	);
}

function servingsOf(product: Product, isBasis: boolean): ImportedFood['servings'] {
	const size = plainText(product.field('serving_size'), 60);
	const amount = readAmount(product.field('serving_quantity'));
	const label = size === '' ? 'serving' : size;
	if (typeof amount === 'number' && amount > 0 && amount <= 100_000) {
		return [{label, amount, unit: isLiquid(product) ? 'ml' : 'g'}];
	}
	return isBasis || size !== '' ? [{label, amount: 1, unit: null}] : [];
}
