import type {Context} from '@hearth/host/plugin.js';
import {onOff, setting} from '@hearth/host/settings.js';
import {parseGtin} from '@hearth/nutrition/gtin.js';
import {z} from 'zod';
import {productOf, readProduct} from './import-product.js';
import {foodWriter} from './import-store.js';

export const barcodeLookup = setting(
	'HEARTH_BARCODE_LOOKUP',
	onOff(false),
	'on: a barcode that the house does not know is asked of Open Food Facts, which thereby learns of the barcode; off: nothing leaves the house',
);
export const barcodeLookupUrl = setting(
	'HEARTH_BARCODE_LOOKUP_URL',
	z
		.url({protocol: /^https?$/, error: 'expected an address such as https://world.openfoodfacts.org'})
		.default('https://world.openfoodfacts.org')
		.transform(url => url.replace(/\/+$/, '')),
	'Where barcodes are looked up: Open Food Facts, or a mirror with its API',
);

/** As long as a person waits with the packet in their hand. */
const TIMEOUT_MS = 4000;
/** Of one product; the longest have some 100 kB of what is asked for. */
const MAX_BYTES = 1024 * 1024;
/** What they do not know today they may know tomorrow. */
const SETTLED_MS = 24 * 60 * 60 * 1000;
/** After a failure nobody waits again for so long. */
const AWAY_MS = 60 * 1000;
/** A household scans few; more would be somebody trying out numbers, and a burden for those who give their data away. */
const PER_MINUTE = 10;

const FIELDS =
	'code,product_name,product_name_en,generic_name,generic_name_en,brands,quantity,serving_size,serving_quantity,serving_quantity_unit,product_quantity_unit,countries_tags,unique_scans_n,nutriments,nutrition';
// They ask to be told who asks.
const USER_AGENT = 'Hearth/0.1 (a household health server; barcode look-up)';

type LookupContext = Pick<Context, 'db' | 'cache' | 'settings' | 'log' | 'now'>;

/**
 * Asks for a barcode that the house does not know, where that is switched on; true if it has come in as a verified food. Whatever fails
 * there, the house answers as without: not found.
 */
export async function lookUpBarcode(gtin: string, context: LookupContext): Promise<boolean> {
	const {cache, settings} = context;
	if (!settings.get(barcodeLookup)) return false;
	const key = `food:barcode-lookup:${gtin}`;
	/** What came of it lately, asked by somebody else perhaps; null where nobody asked. */
	const settled = async () => (await cache.get(key)) ?? (await cache.get(AWAY));
	const before = await settled();
	if (before !== null) return before === 'known';
	// Two people with the same packet, or one who scans twice, ask once.
	return cache.lock(`${key}:lock`, {ttl_ms: 2 * TIMEOUT_MS, wait_ms: TIMEOUT_MS}, async () => {
		const meanwhile = await settled();
		if (meanwhile !== null) return meanwhile === 'known';
		if (!(await cache.consume('food:barcode-lookup', PER_MINUTE, 60_000)).allowed) return false;
		const product = await fetchProduct(gtin, context);
		if (product === 'away') {
			await cache.set(AWAY, 'away', AWAY_MS);
			return false;
		}
		const {food} = product === 'unknown' ? {food: null} : readProduct(productOf(product));
		if (food === null || food.barcode === null || parseGtin(food.barcode).gtin !== gtin) {
			await cache.set(key, 'unknown', SETTLED_MS);
			return false;
		}
		const writer = foodWriter(context);
		const prepared = writer.prepare([food]);
		await writer.learn(context.db, prepared);
		await writer.write(context.db, prepared);
		// Also where a moderator has rejected it before, and it stays so.
		await cache.set(key, 'known', SETTLED_MS);
		return true;
	});
}
const AWAY = 'food:barcode-lookup-away';

/** Their answer, `unknown` where they have no such product, `away` where they did not answer as they do. */
async function fetchProduct(
	gtin: string,
	{settings, log}: LookupContext,
): Promise<Record<string, unknown> | 'unknown' | 'away'> {
	const url = `${settings.get(barcodeLookupUrl)}/api/v2/product/${printed(gtin)}.json?fields=${FIELDS}`;
	try {
		const response = await fetch(url, {
			headers: {accept: 'application/json', 'user-agent': USER_AGENT},
			// A product of another of their sites, such as cosmetics, is led there; it is no food.
			redirect: 'manual',
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		if (response.status === 404 || (response.status >= 300 && response.status < 400)) {
			await response.body?.cancel();
			return 'unknown';
		}
		if (!response.ok) {
			await response.body?.cancel();
			throw new Error(`It answered ${response.status}`);
		}
		const answer = lookupAnswer.parse(JSON.parse(await bodyOf(response)));
		return answer.status === 0 || answer.product === undefined ? 'unknown' : answer.product;
	} catch (error) {
		log.warn({err: error}, 'a barcode could not be looked up');
		return 'away';
	}
}

const lookupAnswer = z.object({
	status: z.union([z.literal(0), z.literal(1)]),
	product: z.record(z.string(), z.unknown()).optional(),
});

async function bodyOf(response: Response): Promise<string> {
	const pieces: Uint8Array[] = [];
	let bytes = 0;
	for await (const piece of response.body ?? []) {
		bytes += piece.length;
		// Leaving the loop closes the connection.
		if (bytes > MAX_BYTES) throw new Error(`It answered more than ${MAX_BYTES} bytes`);
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString('utf8');
}

/** As it is printed and as they name it: EAN-8, EAN-13, or all 14 digits. */
function printed(gtin: string): string {
	if (gtin.startsWith('000000')) return gtin.slice(6);
	return gtin.startsWith('0') ? gtin.slice(1) : gtin;
}
