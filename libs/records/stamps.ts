/**
 * Who wrote a value last: the version it was written at, by which device, and that device's clock, bounded, in epoch milliseconds.
 * `mixed` where the value is not what that device sent, but merged with others' that it has not seen.
 */
export type Stamp = readonly [version: number, device_id: string, client_ms: number, mixed?: 1];

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
	for (const [version, device] of stampsOf({all, fields})) {
		if (device === device_id && version > last) last = version;
	}
	return last;
}

/** Every stamp of a record. */
export const stampsOf = ({all, fields = {}}: Stamps): Stamp[] => [all, ...Object.values(fields)];

/** The stamps after one write of some fields, of which some were mixed. */
export function stampFields(
	before: Stamps,
	written: readonly string[],
	[version, device_id, client_ms]: Stamp,
	isMixed: (field: string) => boolean,
): Stamps {
	const fields = {...before.fields};
	for (const field of written) {
		fields[field] = isMixed(field) ? [version, device_id, client_ms, 1] : [version, device_id, client_ms];
	}
	return remembering(before, {all: before.all, fields});
}

/** The stamps after a write of the whole record: it was made, deleted or undeleted. */
export const stampAll = (before: Stamps | null, stamp: Stamp): Stamps =>
	before === null ? {all: stamp} : remembering(before, {all: stamp});

function remembering(before: Stamps, after: Stamps): Stamps {
	const seen = {...before.seen};
	for (const [, device] of stampsOf(before)) {
		const last = lastVersionBy(before, device);
		if (lastVersionBy(after, device) < last) seen[device] = last;
	}
	const isEmpty = Object.keys(seen).length === 0;
	return isEmpty ? after : {...after, seen};
}
