import type {Basis, Boxes, Reading, ReadingBasis, Values} from '../../api/types.ts';
import {formatNumber} from '../../numbers.ts';
import type {ServingText} from '../foods/serving-text.ts';

const BASIS_OF = {per_100g: '100g', per_100ml: '100ml', per_serving: 'serving'} as const satisfies Record<
	ReadingBasis,
	Basis
>;

export interface ReadAs {
	basis: Basis;
	fields: Values;
	confidence: Partial<Record<string, number>>;
	boxes: Boxes;
}

/**
 * What was read for the basis that the person chose, as the server will see it: of a column that was read too, its values (where
 * they stand is known for the best column only); of one that was not, the same values, whose basis is what is being corrected.
 */
export function readAs(reading: Reading | null, chosen: Basis | null): ReadAs {
	if (reading === null || reading.basis === null)
		return {basis: chosen ?? '100g', fields: {}, confidence: {}, boxes: {}};
	const {fields, confidence, boxes} = reading;
	const best = BASIS_OF[reading.basis];
	if (chosen === null || chosen === best) return {basis: best, fields, confidence, boxes};
	const other = (Object.keys(reading.bases) as ReadingBasis[]).find(key => BASIS_OF[key] === chosen);
	return other === undefined
		? {basis: chosen, fields, confidence, boxes}
		: {basis: chosen, fields: reading.bases[other] ?? {}, confidence: {}, boxes: {}};
}

export function servingOf(reading: Reading | null): ServingText {
	const size = reading?.serving_size;
	return size?.unit === 'g' || size?.unit === 'ml'
		? {amount: formatNumber(size.amount), unit: size.unit}
		: {amount: '', unit: 'g'};
}
