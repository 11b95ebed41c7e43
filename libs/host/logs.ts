import {type Logger, pino} from 'pino';

/** JSON lines on standard output; `fatal` and `error` mean that somebody should look. Tokens, passwords and cookies never appear. */
export function openLog(level: string): Logger {
	return pino({
		level,
		base: null,
		timestamp: pino.stdTimeFunctions.isoTime,
		formatters: {level: label => ({level: label})},
		redact: {
			paths: ['*.password', '*.refresh_token', '*.access_token', '*.authorization', '*.cookie'],
			censor: '[secret]',
		},
	});
}
