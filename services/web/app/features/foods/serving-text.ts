import type {Serving} from '../../api/types.ts';
import {messages} from '../../messages.ts';
import {formatNumber, parseNumber} from '../../numbers.ts';

/** How large a serving is, as typed. An empty amount is a serving whose mass nobody knows. */
export interface ServingText {
	amount: string;
	unit: 'g' | 'ml';
}

const LABEL = 'serving';

export function servingProblem({amount}: ServingText): string | null {
	const parsed = parseNumber(amount);
	return parsed.state === 'wrong' || (parsed.state === 'number' && parsed.value === 0)
		? messages.labels.wrongNumber
		: null;
}

export function servingsOf({amount, unit}: ServingText): Serving[] {
	const parsed = parseNumber(amount);
	return [
		parsed.state === 'number' ? {label: LABEL, amount: parsed.value, unit} : {label: LABEL, amount: 1, unit: null},
	];
}

export const servingText = ([first]: readonly Serving[]): ServingText =>
	first?.unit ? {amount: formatNumber(first.amount), unit: first.unit} : {amount: '', unit: 'g'};
