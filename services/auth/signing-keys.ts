import {createHash, createPrivateKey, generateKeyPairSync, type KeyObject} from 'node:crypto';
import {publicKey as publicKeySchema, verificationKeys} from '@hearth/host/identity.js';
import {secretKey} from '@hearth/host/platform-settings.js';
import {type Command, type Context, Reply, respond, route, type Transaction} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {StartupError} from '@hearth/ports/startup-error.js';
import type {z} from 'zod';
import {deriveKey, seal, unseal} from './secrets.js';

// A key that leaked unseen is of use for no longer than this.
const ROTATE_AFTER_MS = 90 * 24 * 3_600_000;
// Tokens of a retired key live for 15 minutes; a day bears clocks and caches of jwks.json that are far off.
const OVERLAP_MS = 24 * 3_600_000;

interface KeyRow {
	kid: string;
	sealed_key: Buffer;
	created_at: Date;
}

export interface SigningKey {
	kid: string;
	private_key: KeyObject;
}

/**
 * The key that signs now; made where there is none, and anew when it is 90 days old. Throws `StartupError` where it was sealed with
 * another secret.
 */
export async function signingKey(tx: Transaction, context: Context): Promise<SigningKey> {
	const isFresh = (row: KeyRow | null): row is KeyRow =>
		row !== null && row.created_at.getTime() > context.now() - ROTATE_AFTER_MS;
	let row = await findCurrent(tx);
	if (!isFresh(row)) {
		await lockKeys(tx);
		row = await findCurrent(tx); // another process may have made it while this one waited
		if (!isFresh(row)) row = await makeKey(tx, context);
	}
	return open(row, context);
}

const findCurrent = (sql: Sql) =>
	sql.find<KeyRow>('select kid, sealed_key, created_at from auth.signing_keys where retired_at is null');

/** Held by whoever makes a key: two processes that start at once make one. The number is arbitrary. */
const lockKeys = (tx: Transaction) => tx.run('select pg_advisory_xact_lock($1)', [7_266_101_002]);

async function makeKey(tx: Transaction, {settings, now}: Context): Promise<KeyRow> {
	const at = now();
	const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	const {kty, crv, x = '', y = ''} = publicKey.export({format: 'jwk'});
	const kid = createHash('sha256').update(JSON.stringify({crv, kty, x, y})).digest('base64url');
	const jwk = publicKeySchema.parse({kid, kty, crv, x, y, use: 'sig', alg: 'ES256'});
	const plain = privateKey.export({format: 'der', type: 'pkcs8'});
	const row = {kid, sealed_key: seal(sealingKey(settings.get(secretKey)), kid, plain), created_at: new Date(at)};
	await tx.run('delete from auth.signing_keys where retired_at < $1', [new Date(at)]);
	await tx.run('update auth.signing_keys set retired_at = $1 where retired_at is null', [new Date(at + OVERLAP_MS)]);
	await tx.run('insert into auth.signing_keys (kid, public_key, sealed_key, created_at) values ($1, $2, $3, $4)', [
		kid,
		JSON.stringify(jwk),
		row.sealed_key,
		row.created_at,
	]);
	await tx.audit({action: 'auth.signing_key_made', actor_id: null, resource: {type: 'signing_key', id: kid}});
	return row;
}

const sealingKey = (secret: Buffer) => deriveKey(secret, 'signing keys');

function open({kid, sealed_key}: KeyRow, {settings}: Context): SigningKey {
	const plain = unseal(sealingKey(settings.get(secretKey)), kid, sealed_key);
	if (plain === null) {
		throw new StartupError(
			'The signing key in the database was sealed with another secret than the one given now. Put back the former HEARTH_SECRET_KEY ' +
				'(without that setting: the file secret.key in the data folder) and start again. If it is lost, run `hearth keys renew`: ' +
				'it makes a new key under the present secret, and everybody stays signed in.',
		);
	}
	return {kid, private_key: createPrivateKey({key: plain, format: 'der', type: 'pkcs8'})};
}

async function listPublicKeys({db, now}: Context): Promise<z.output<typeof publicKeySchema>[]> {
	const rows = await db.many<{public_key: z.output<typeof publicKeySchema>}>(
		'select public_key from auth.signing_keys where retired_at is null or retired_at > $1 order by created_at desc',
		[new Date(now())],
	);
	return rows.map(row => row.public_key);
}

export const answerVerificationKeys = respond(verificationKeys, async (_input, context) => ({
	keys: await listPublicKeys(context),
}));

/** By these any service verifies an access token. A key set as JWT libraries read it (RFC 7517), which ignore our envelope beside it. */
export const jwks = route('GET', '/api/v1/auth/jwks.json', {
	summary: 'Public keys by which an access token is verified (RFC 7517)',
	role: 'public',
	handle: async (_input, context) => {
		const keys = await listPublicKeys(context);
		return new Reply(undefined, {
			body: JSON.stringify({keys, data: {keys}}),
			headers: {'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300'},
		});
	},
});

export const renewKeys: Command = {
	name: 'keys renew',
	summary: 'Make a new signing key now, sealed with the present secret; nobody has to sign in again',
	run: async (_given, context, terminal) => {
		const {kid} = await context.db.transaction(async tx => {
			await lockKeys(tx);
			return makeKey(tx, context);
		});
		terminal.print(`Made signing key ${kid}. Restart Hearth if it said that the former key could not be opened.`);
	},
};

/** Throws at start, where a person sees it, what would otherwise fail at the first sign-in. */
export const checkSigningKey = (context: Context) => context.db.transaction(tx => signingKey(tx, context));
