import type {JsonSchema} from './openapi-schemas.js';

// What the host itself adds to the API page: errors, headers, ways to sign in, and its own few paths.

const text = (description: string) => ({description, schema: {type: 'string'}});
const whole = (description: string) => ({description, schema: {type: 'integer'}});

/** What each refusal means; the codes are those of errors.ts. */
const refusals: Record<number, [codes: string, description: string]> = {
	400: ['VALIDATION_ERROR', 'Something in the request is wrong; `details` is `[{path, message}]`.'],
	401: ['UNAUTHENTICATED', 'No access token, or one that is not valid any more: refresh it or sign in.'],
	403: ['FORBIDDEN', 'This account may not do that.'],
	404: ['NOT_FOUND', 'There is no such thing, or it is not yours.'],
	409: ['CONFLICT', 'Not possible as things stand now; the message says why.'],
	413: ['TOO_LARGE', 'The body is too large.'],
	415: ['UNSUPPORTED_MEDIA', 'The body is of a kind that this route does not take.'],
	422: ['UNPROCESSABLE', 'Well-formed, but impossible; the message says why.'],
	429: ['RATE_LIMITED', 'Too many requests; `Retry-After` says when to try again.'],
	431: ['TOO_LARGE', 'The path, the query or the headers are too large.'],
	500: ['INTERNAL', 'A mistake of ours. It has been logged under the request id.'],
	503: ['UNAVAILABLE', 'A part of Hearth is down; the message says which. Try again.'],
};

const errorResponses = Object.fromEntries(
	Object.entries(refusals).map(([status, [code, description]]) => [
		`error_${status}`,
		{
			description: `\`${code}\`: ${description}`,
			headers: {
				'X-Request-ID': {$ref: '#/components/headers/X-Request-ID'},
				...(status === '429' || status === '503' ? {'Retry-After': {$ref: '#/components/headers/Retry-After'}} : {}),
			},
			content: {'application/json': {schema: {$ref: '#/components/schemas/error'}}},
		},
	]),
);

const schemas: Record<string, JsonSchema> = {
	error: {
		type: 'object',
		properties: {
			error: {
				type: 'object',
				properties: {
					code: {type: 'string', examples: ['VALIDATION_ERROR']},
					message: {type: 'string', description: 'What is wrong and what to do about it, in plain words.'},
					details: {description: 'More for a program: for VALIDATION_ERROR a list of `{path, message}`.'},
				},
				required: ['code', 'message'],
			},
		},
		required: ['error'],
	},
	page: {
		type: 'object',
		properties: {
			next_cursor: {type: ['string', 'null'], description: 'The `cursor` of the next page; null at the end.'},
		},
		required: ['next_cursor'],
	},
};

export const sharedComponents = {
	schemas,
	responses: errorResponses,
	headers: {
		'X-Request-ID': text(
			'Finds this request in the log; the one that the client sent, if it is 1–128 plain characters.',
		),
		'X-Timestamp': {description: "The server's clock.", schema: {type: 'string', format: 'date-time'}},
		'X-Rate-Limit-Limit': whole('Requests allowed in the window.'),
		'X-Rate-Limit-Remaining': whole('Requests left in the window.'),
		'X-Rate-Limit-Reset': whole('When the window ends, Unix seconds.'),
		'Retry-After': whole('Seconds to wait.'),
	},
	parameters: {
		fields: {
			name: 'fields',
			in: 'query',
			required: false,
			description: 'Only these keys of the answer, separated by commas.',
			schema: {type: 'string'},
		},
		idempotency_key: {
			name: 'Idempotency-Key',
			in: 'header',
			required: false,
			description:
				'Makes repeating harmless for 24 hours: the same key with the same body gives the same answer, once; with another body, or while the first is in work, 409.',
			schema: {type: 'string', minLength: 1, maxLength: 200},
		},
	},
	securitySchemes: {
		access_token: {
			type: 'http',
			scheme: 'bearer',
			bearerFormat: 'JWT',
			description: 'The `access_token` of POST /api/v1/auth/login; good for 15 minutes.',
		},
		ticket: {
			type: 'apiKey',
			in: 'query',
			name: 'ticket',
			description: 'From POST /api/v1/auth/ticket; good once, for 60 seconds, where no header can be sent.',
		},
	},
};

const part = {
	type: 'object',
	additionalProperties: {
		type: 'object',
		properties: {status: {enum: ['up', 'down']}, reason: {type: 'string'}, detail: {type: 'string'}},
		required: ['status'],
	},
};
const readiness = {
	type: 'object',
	properties: {status: {enum: ['ready', 'unready']}, dependencies: part, plugins: part},
	required: ['status', 'dependencies', 'plugins'],
};

const own = (id: string, summary: string, responses: Record<number, object>) => ({
	get: {operationId: id, tags: ['host'], summary, security: [], responses},
});
const answer = (description: string, type: string, schema: object) => ({description, content: {[type]: {schema}}});

/** The paths that the host answers itself, outside the envelope. */
export const hostPaths = (): Record<string, Record<string, object>> => ({
	'/health': own('get_health', 'Whether this process is up', {
		200: answer('It is.', 'application/json', {type: 'object', properties: {status: {const: 'up'}}}),
	}),
	'/ready': own('get_ready', 'Whether each dependency and plugin is up', {
		200: answer('All are.', 'application/json', readiness),
		503: answer('One is down.', 'application/json', readiness),
	}),
	'/metrics': own('get_metrics', 'Figures for Prometheus', {200: answer('Text.', 'text/plain', {type: 'string'})}),
	'/api/v1/openapi.json': own('get_openapi', 'This document', {
		200: answer('OpenAPI 3.1.', 'application/json', {type: 'object'}),
		304: {description: 'Not changed since the ETag of If-None-Match.'},
	}),
	'/docs': own('get_docs', 'This document as a page to read and try', {
		200: answer('A page.', 'text/html', {type: 'string'}),
	}),
});
