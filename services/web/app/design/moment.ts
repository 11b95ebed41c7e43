import {messages} from '../messages.ts';

const dates = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium'});
const moments = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'});
const relative = new Intl.RelativeTimeFormat(messages.language, {numeric: 'auto'});

/** "5 minutes ago", "yesterday"; older than a week the day. */
export function ago(at: string | number, now = Date.now()): string {
	const seconds = (new Date(at).getTime() - now) / 1000;
	if (!Number.isFinite(seconds)) return '';
	const past = Math.abs(seconds);
	if (past < 60) return messages.justNow;
	if (past < 3600) return relative.format(Math.round(seconds / 60), 'minute');
	if (past < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
	if (past < 7 * 86_400) return relative.format(Math.round(seconds / 86_400), 'day');
	return dates.format(new Date(at));
}

export const momentOf = (at: string): string => moments.format(new Date(at));
export const dateOf = (at: string): string => dates.format(new Date(at));
