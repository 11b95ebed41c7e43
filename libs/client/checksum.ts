import {canonicalJson} from '@hearth/records/canonical.js';
import {sha256} from '@noble/hashes/sha2.js';
import {bytesToHex, utf8ToBytes} from '@noble/hashes/utils.js';
import type {Replica} from './replica.js';
import {cursorOf, readState} from './replica-state.js';
import type {Requests} from './requests.js';
import {scanRows} from './rows.js';
import type {Reading} from './store.js';
import type {ChecksumAnswer} from './wire.js';

const MODULUS = 1n << 256n;
const CHUNK = 500;

/**
 * Compares what is confirmed here with what the server has. Answers the collections that differ; null where it cannot be said, because
 * this device is not at the server's version. Everything was read at one version, by both.
 */
export async function compareChecksums(replica: Replica, requests: Requests): Promise<string[] | null> {
	// Of all, because a server that is older than the app refuses the name of a collection that it does not know.
	const answer = await requests.ask<ChecksumAnswer>('GET', '/sync/checksum');
	return replica.read(async tx => {
		const state = await readState(tx);
		const different: string[] = [];
		for (const name of replica.collections) {
			const theirs = answer.collections[name];
			if (theirs === undefined) continue;
			if (cursorOf(state, name).complete !== answer.version) return null;
			const ours = await checksumOf(tx, name);
			if (ours.count !== theirs.count || ours.checksum !== theirs.checksum) different.push(name);
		}
		return different;
	});
}

/** The sum modulo 2²⁵⁶ of SHA-256 over `id \0 version \0` canonical JSON of the data, of each record that the server confirmed. */
async function checksumOf(tx: Reading, collection: string): Promise<{count: number; checksum: string}> {
	let count = 0;
	let sum = 0n;
	for (let after: string | undefined; ; ) {
		const rows = await scanRows(tx, collection, {limit: CHUNK, ...(after === undefined ? {} : {after})});
		for (const [id, {data, version}] of rows) {
			if (data === null) continue;
			count += 1;
			// Not the browser's own: it is missing where the house is reached by plain http.
			const hash = sha256(utf8ToBytes(`${id}\0${version}\0${canonicalJson(data)}`));
			sum = (sum + BigInt(`0x${bytesToHex(hash)}`)) % MODULUS;
		}
		after = rows.at(-1)?.[0];
		if (rows.length < CHUNK) return {count, checksum: sum.toString(16).padStart(64, '0')};
	}
}
