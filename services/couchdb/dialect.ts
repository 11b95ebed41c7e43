import type {ErrorCode, PublicError} from '@hearth/host/errors.js';
import {Reply} from '@hearth/host/plugin.js';

const words: Partial<Record<ErrorCode, string>> = {
	VALIDATION_ERROR: 'bad_request',
	UNPROCESSABLE: 'bad_request',
	UNAUTHENTICATED: 'unauthorized',
	SYNC_DISABLED: 'forbidden',
	RESYNC_REQUIRED: 'conflict',
	UNSUPPORTED_MEDIA: 'bad_content_type',
	RATE_LIMITED: 'too_many_requests',
	UNAVAILABLE: 'service_unavailable',
	INTERNAL: 'internal_server_error',
};

/** As CouchDB says that something went wrong; a client that finds no JSON fails over that instead. */
export const couchError = ({code, message}: PublicError) => ({
	error: words[code] ?? code.toLowerCase(),
	reason: message,
});

/** JSON that was put together as text, since documents are kept as such. */
export const jsonText = (body: string, status = 200) =>
	new Reply(undefined, {
		status,
		body,
		headers: {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'},
	});
