import type {ErrorCode} from './errors.js';

/** An answer of nginx itself, in the form of all others. */
interface Refusal {
	/** What nginx calls it; 494 and 497 are words of its own. */
	statuses: number[];
	name: string;
	answer: number;
	code: ErrorCode;
	/** Stands between single quotes in nginx's language, in which `$part` is the plugin that was to answer. */
	message: string;
	details?: Record<string, string>;
}

/** What a person may send at once. */
export const MAX_BODY_MB = 95;

const REQUEST_ID = {request_id: '$known_id'};
const refusals: Refusal[] = [
	{
		statuses: [404],
		name: 'not-found',
		answer: 404,
		code: 'NOT_FOUND',
		message: 'There is nothing here for the outside.',
		details: REQUEST_ID,
	},
	{
		statuses: [400, 501, 505],
		name: 'not-understood',
		answer: 400,
		code: 'VALIDATION_ERROR',
		message: 'This is not a valid HTTP request: its first line or one of its headers is broken.',
	},
	{
		statuses: [497],
		name: 'https-only',
		answer: 400,
		code: 'VALIDATION_ERROR',
		message: 'This port speaks https: ask again with https:// in front of the address.',
	},
	{
		statuses: [405],
		name: 'method',
		answer: 405,
		code: 'METHOD_NOT_ALLOWED',
		message: 'Nothing here takes this method.',
		details: REQUEST_ID,
	},
	{
		statuses: [413],
		name: 'too-large',
		answer: 413,
		code: 'TOO_LARGE',
		message: `This is larger than the ${MAX_BODY_MB} MB that may be sent at once. Send less, or a smaller picture.`,
		details: REQUEST_ID,
	},
	{
		statuses: [414],
		name: 'address-too-long',
		answer: 414,
		code: 'TOO_LARGE',
		message: 'The address of this request is too long. Send it again with a shorter one.',
		details: REQUEST_ID,
	},
	{
		statuses: [431, 494],
		name: 'headers-too-large',
		answer: 431,
		code: 'TOO_LARGE',
		message: 'The headers of this request are too large. Send it again with shorter ones, or without its cookies.',
		details: REQUEST_ID,
	},
	{
		statuses: [429],
		name: 'too-many',
		answer: 429,
		code: 'RATE_LIMITED',
		message: 'Too many requests of yours are under way. Try again when some of them are answered.',
		details: REQUEST_ID,
	},
	// nginx fails of itself where it cannot keep a body on its way.
	{
		statuses: [500],
		name: 'part-nginx',
		answer: 503,
		code: 'UNAVAILABLE',
		message: 'nginx could not pass this on, perhaps for want of space; its log says why. Try again in a few seconds.',
		details: {part: 'nginx', ...REQUEST_ID},
	},
	// 503 for all that no part answered: for 502 and 504 Cloudflare may show a page of its own.
	{
		statuses: [502, 503],
		name: 'part-is-down',
		answer: 503,
		code: 'UNAVAILABLE',
		message: 'The $part part of Hearth $why_no_answer',
		details: {part: '$part', ...REQUEST_ID},
	},
	{
		statuses: [504],
		name: 'part-is-late',
		answer: 503,
		code: 'UNAVAILABLE',
		message:
			'The $part part of Hearth did not answer in time. It may still have done what was asked: look before you send it again.',
		details: {part: '$part', ...REQUEST_ID},
	},
];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Of `http`: what the refusals say. Headers of theirs are empty, and so not sent, with the answer of a part, which has its own. */
export const refusalMaps: Record<string, string[]> = {
	// A dash where nobody was reached; so nothing was done either.
	'map $upstream_connect_time $why_no_answer': [
		'default "is down. Try again in a few seconds.";',
		'~[0-9] "broke off before it had answered. It may have done what was asked: look before you send it again.";',
	],
	// `Saturday, 21-Nov-2026 11:51:14 GMT` as RFC 3339. Its other times are in the zone of the machine.
	'map $date_gmt $now': MONTHS.map(
		(month, index) => `"~, (..)-${month}-(....) (\\S+) " "$2-${String(index + 1).padStart(2, '0')}-$1T$3Z";`,
	),
	'map $uri $own_request_id': ['~^/\\.refusal/ $known_id;'],
	'map $uri $own_timestamp': ['~^/\\.refusal/ $now;'],
	'map $uri $own_cache_control': ['~^/\\.refusal/ no-store;'],
	'map $uri $own_retry_after': ['~^/\\.refusal/(?:part-|too-many) 2;'],
};

/** Of `server`. */
export const refusalHeaders = [
	'add_header X-Request-ID $own_request_id always;',
	'add_header X-Timestamp $own_timestamp always;',
	'add_header Cache-Control $own_cache_control always;',
	'add_header Retry-After $own_retry_after always;',
];

/** Of `server`: what to answer, and where. Addresses rather than named locations, which nginx refuses to requests without an address. */
export const refusalLocations = refusals.map(({statuses, name, answer, code, message, details}) => {
	const at = `/.refusal/${name}`;
	const body = JSON.stringify({error: details === undefined ? {code, message} : {code, message, details}});
	return {
		before: `error_page ${statuses.join(' ')} =${answer} ${at};`,
		match: `= ${at}`,
		lines: ['internal;', 'default_type "application/json; charset=utf-8";', `return ${answer} '${body}';`],
	};
});
