const statusOf = {
	VALIDATION_ERROR: 400,
	UNAUTHENTICATED: 401,
	FORBIDDEN: 403,
	SYNC_DISABLED: 403,
	NOT_FOUND: 404,
	METHOD_NOT_ALLOWED: 405,
	CONFLICT: 409,
	RESYNC_REQUIRED: 409,
	TOO_LARGE: 413,
	UNSUPPORTED_MEDIA: 415,
	UNPROCESSABLE: 422,
	RATE_LIMITED: 429,
	INTERNAL: 500,
	UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof statusOf;

/**
 * Told to the caller word for word, so the message says what to do about it. Anything else thrown is our bug. `retry_after_s` in
 * `details` goes out as `Retry-After` too.
 */
export class PublicError extends Error {
	override readonly name = 'PublicError';
	readonly code: ErrorCode;
	readonly details: unknown;

	constructor(code: ErrorCode, message: string, {details, cause}: {details?: unknown; cause?: unknown} = {}) {
		super(message, {cause});
		this.code = code;
		this.details = details;
	}

	get status(): number {
		return statusOf[this.code];
	}
}

export const notFound = (what: string) => new PublicError('NOT_FOUND', `There is no such ${what}, or it is not yours.`);

export const isErrorCode = (code: unknown): code is ErrorCode =>
	typeof code === 'string' && Object.hasOwn(statusOf, code);
