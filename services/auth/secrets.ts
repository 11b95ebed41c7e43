import {createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes} from 'node:crypto';

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A secret of so many random bytes, for headers and URLs. */
export const randomSecret = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** A key of its own for each purpose, made of the house's one secret (32 bytes). */
export const deriveKey = (secret: Buffer, purpose: string): Buffer =>
	Buffer.from(hkdfSync('sha256', secret, '', `hearth auth ${purpose}`, 32));

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: nonce, tag, ciphertext. `name` is what is sealed; it opens under that name only. */
export function seal(key: Buffer, name: string, plain: Buffer): Buffer {
	const nonce = randomBytes(NONCE_BYTES);
	const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
	const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** Null where it was sealed with another key or under another name. */
export function unseal(key: Buffer, name: string, sealed: Buffer): Buffer | null {
	const nonce = sealed.subarray(0, NONCE_BYTES);
	const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
	const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name)).setAuthTag(tag);
	const plain = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
	try {
		return Buffer.concat([plain, decipher.final()]);
	} catch {
		return null; // the tag does not fit: the only failure of final()
	}
}
