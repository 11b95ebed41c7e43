import {hash} from 'node:crypto';

/** Of one collection of a space: how many live records it holds, and the sum of their hashes. */
export interface Checksum {
	count: number;
	/** 64 hexadecimal digits. */
	checksum: string;
}

export const EMPTY_SUM = '0'.repeat(64);
const MODULUS = 1n << 256n;

/** What a live record adds to its collection's sum: SHA-256 of `id \0 version \0 data`, the data as text in canonical JSON. */
export const recordHash = (id: string, version: number, data: string): bigint =>
	BigInt(`0x${hash('sha256', `${id}\0${version}\0${data}`)}`);

/** The sum with some hashes added and others taken away, modulo 2²⁵⁶. */
export function shiftSum(sum: string, difference: bigint): string {
	const shifted = (BigInt(`0x${sum}`) + difference) % MODULUS;
	return (shifted < 0n ? shifted + MODULUS : shifted).toString(16).padStart(64, '0');
}
