import {createHmac, generateKeyPairSync} from 'node:crypto';
import test from 'ava';
import {createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT} from 'jose';
import {type AuthHouse, anAuthHouse, MINUTE, type SignedIn} from './fixtures.js';

const keySetOf = async ({get}: AuthHouse) => JSON.parse((await get('/api/v1/auth/jwks.json')).body.toString('utf8'));

test('any service verifies an access token by the published keys alone', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	const keys = await keySetOf(house);
	t.deepEqual(Object.keys(keys.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
	const {payload, protectedHeader} = await jwtVerify(ada.access_token, createLocalJWKSet(keys));
	t.like(protectedHeader, {alg: 'ES256', kid: keys.keys[0].kid});
	t.like(payload, {sub: ada.user.id, role: 'admin', household_id: ada.user.household_id});
	t.is((payload.exp ?? 0) - (payload.iat ?? 0), 900);
	t.is(typeof payload.sid, 'string');
});

test('a token ends after 900 seconds', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	house.pass(14 * MINUTE);
	t.is(await house.statusOf(ada.access_token), 200);
	house.pass(MINUTE + 1000);
	t.is(await house.statusOf(ada.access_token), 401);
});

test('a token of another installation is refused', async t => {
	const [here, there] = await Promise.all([anAuthHouse(t), anAuthHouse(t)]);
	const stranger = await there.signUp('ada@example.org');
	await here.signUp('ada@example.org');
	t.is(await there.statusOf(stranger.access_token), 200);
	t.is(await here.statusOf(stranger.access_token), 401);
	t.is((await here.refresh(stranger.refresh_token)).status, 401);
});

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Forgery {
	ada: SignedIn;
	kid: string;
	keys: {keys: Record<string, string>[]};
}
const claimsOf = ({ada}: Forgery) => decodeJwt(ada.access_token);
const {privateKey: strangersKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});

const forgeries: Record<string, (forgery: Forgery) => string | Promise<string>> = {
	'alg none without a signature': forgery =>
		`${base64url({alg: 'none', kid: forgery.kid})}.${base64url(claimsOf(forgery))}.`,
	'alg None in capitals': forgery => `${base64url({alg: 'NONE', kid: forgery.kid})}.${base64url(claimsOf(forgery))}.`,
	'ES256 without a signature': forgery =>
		`${base64url({alg: 'ES256', kid: forgery.kid})}.${base64url(claimsOf(forgery))}.`,
	'HS256 keyed with the public key': forgery => {
		const signed = `${base64url({alg: 'HS256', kid: forgery.kid})}.${base64url(claimsOf(forgery))}`;
		const key = JSON.stringify(forgery.keys.keys[0]);
		return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
	},
	"a stranger's key under our kid": forgery =>
		new SignJWT(claimsOf(forgery)).setProtectedHeader({alg: 'ES256', kid: forgery.kid}).sign(strangersKey),
	"a stranger's key that the token itself brings": forgery =>
		new SignJWT(claimsOf(forgery))
			.setProtectedHeader({alg: 'ES256', kid: 'mine', jwk: {kty: 'EC', crv: 'P-256', x: 'x', y: 'y'}})
			.sign(strangersKey),
	'another role under the old signature': ({ada}) => {
		const [header, , signature] = ada.access_token.split('.');
		return `${header}.${base64url({...decodeJwt(ada.access_token), role: 'admin'})}.${signature}`;
	},
	'a signature cut short': ({ada}) => ada.access_token.slice(0, -3),
	'a signature of no bytes of ours': ({ada}) => `${ada.access_token}AAAA`,
	'claims that are not JSON': ({ada}) => {
		const [header, , signature] = ada.access_token.split('.');
		return `${header}.${Buffer.from('{').toString('base64url')}.${signature}`;
	},
	'no token at all': () => 'x',
	'ten thousand dots': () => '.'.repeat(10_000),
};

test('a forged token is refused, whichever way it is forged', async t => {
	const house = await anAuthHouse(t);
	await house.signUp('admin@example.org');
	const ada = await house.signUp('ada@example.org');
	const keys = await keySetOf(house);
	const forgery = {ada, kid: decodeProtectedHeader(ada.access_token).kid ?? '', keys};
	for (const [title, forge] of Object.entries(forgeries)) t.is(await house.statusOf(await forge(forgery)), 401, title);
	t.is(await house.statusOf(ada.access_token), 200);
});

test('an access token is no refresh token, and the other way round', async t => {
	const house = await anAuthHouse(t);
	const ada = await house.signUp('ada@example.org');
	t.is((await house.refresh(ada.access_token)).status, 401);
	t.is(await house.statusOf(ada.refresh_token), 401);
});
