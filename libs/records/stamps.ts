/** Who wrote a value last: the version it was written at, by which device, and that device's clock, bounded, in epoch milliseconds. */
export type Stamp = readonly [version: number, device_id: string, client_ms: number];

/**
 * Who wrote what of a record (`records.field_versions`). A field of the data without a stamp of its own bears `all`, which is that of
 * the write that made, deleted or undeleted the record.
 * Invariant: `lastVersionBy` finds each device's last version, in a stamp or, where others overwrote all it wrote, in `seen`.
 */
export interface Stamps {
	all: Stamp;
	fields?: Record<string, Stamp>;
	seen?: Record<string, number>;
}

/** The stamp of a field; null where nobody has ever written it. */
export function stampOf({all, fields}: Stamps, data: Record<string, unknown>, field: string): Stamp | null {
	if (fields !== undefined && Object.hasOwn(fields, field)) return fields[field] ?? null;
	return Object.hasOwn(data, field) ? all : null;
}

/** The record's last version that the device wrote; 0 where it wrote none. */
export function lastVersionBy({all, fields = {}, seen = {}}: Stamps, device_id: string): number {
	let last = Object.hasOwn(seen, device_id) ? (seen[device_id] ?? 0) : 0;
	for (const [version, device] of [all, ...Object.values(fields)]) {
		if (device === device_id && version > last) last = version;
	}
	return last;
}

/** Whether another device wrote anything of the record above the version. */
export function writtenByOthersSince({all, fields = {}}: Stamps, device_id: string, version: number): boolean {
	return [all, ...Object.values(fields)].some(([at, device]) => at > version && device !== device_id);
}

/** The stamps after one write of some fields. */
export function stampFields(before: Stamps, written: readonly string[], stamp: Stamp): Stamps {
	const fields = {...before.fields};
	for (const field of written) fields[field] = stamp;
	return remembering(before, {all: before.all, fields});
}

/** The stamps after a write of the whole record: it was made, deleted or undeleted. */
export const stampAll = (before: Stamps | null, stamp: Stamp): Stamps =>
	before === null ? {all: stamp} : remembering(before, {all: stamp});

function remembering(before: Stamps, after: Stamps): Stamps {
	const seen = {...before.seen};
	for (const [, device] of [before.all, ...Object.values(before.fields ?? {})]) {
		const last = lastVersionBy(before, device);
		if (lastVersionBy(after, device) < last) seen[device] = last;
	}
	const isEmpty = Object.keys(seen).length === 0;
	return isEmpty ? after : {...after, seen};
}
