export const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Every zone that the browser knows, with this one among them. */
export function timeZones(own: string): string[] {
	const known = 'supportedValuesOf' in Intl ? Intl.supportedValuesOf('timeZone') : [];
	return [...new Set([own, ownTimeZone(), ...known, 'UTC'])].sort();
}
