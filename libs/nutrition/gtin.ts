/** A trade item number of 14 digits, the same for every way of printing it; or why the text is none, said to the person. */
export type ParsedGtin = {gtin: string; reason?: undefined} | {gtin?: undefined; reason: string};

/** The last digit of a GTIN, from the digits before it: weights 3 and 1 from the right (GS1 General Specifications, 7.9). */
export function checkDigit(digits: string): number {
	let sum = 0;
	for (let i = 0; i < digits.length; i++) sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 3 : 1);
	return (10 - (sum % 10)) % 10;
}

const checks = (digits: string): boolean => checkDigit(digits.slice(0, -1)) === Number(digits.at(-1));

/** The UPC-A that eight digits of UPC-E stand for (GS1 General Specifications, 5.2.2.4.2); null for what is no UPC-E. */
function expandUpcE(code: string): string | null {
	const [system, body, check] = [code.slice(0, 1), code.slice(1, 7), code.slice(7)];
	if (system !== '0' && system !== '1') return null;
	const last = Number(body[5]);
	const middle =
		last <= 2
			? `${body.slice(0, 2)}${last}0000${body.slice(2, 5)}`
			: last === 3
				? `${body.slice(0, 3)}00000${body.slice(3, 5)}`
				: last === 4
					? `${body.slice(0, 4)}00000${body[4]}`
					: `${body.slice(0, 5)}0000${last}`;
	return `${system}${middle}${check}`;
}

/** The full digits an eight-digit code stands for, or null when its check digit fits neither EAN-8 nor UPC-E. */
function fromEight(digits: string): string | null {
	const expanded = expandUpcE(digits);
	const upcE = expanded !== null && checks(expanded) ? expanded : null;
	const ean8 = checks(digits) ? digits : null;
	// A leading 0 belongs to UPC-E: EAN-8 keeps that range for codes of a shop's own. A leading 1 is commonly an EAN-8.
	return digits.startsWith('0') ? (upcE ?? ean8) : (ean8 ?? upcE);
}

/**
 * Reads UPC-A, UPC-E, EAN-8, EAN-13 and GTIN-14; spaces and dashes are ignored. The check digit must be right, because a wrong one
 * is a mistyped or misread digit, and would be another product's number.
 */
export function parseGtin(text: string): ParsedGtin {
	const digits = text.slice(0, 64).replace(/[\s\p{Pd}]/gu, '');
	if (!/^\d+$/.test(digits)) return {reason: 'A barcode has digits only; type the number printed under the bars.'};
	if (![8, 12, 13, 14].includes(digits.length)) {
		return {reason: `A barcode has 8, 12, 13 or 14 digits; this has ${digits.length}. Type all that are printed.`};
	}
	if (/^0+$/.test(digits)) return {reason: 'A barcode is not all zeros; type the number printed under the bars.'};
	const full = digits.length === 8 ? fromEight(digits) : checks(digits) ? digits : null;
	if (full === null)
		return {reason: 'The last digit does not fit the others: one digit is mistyped. Compare it with the pack.'};
	return {gtin: full.padStart(14, '0')};
}
