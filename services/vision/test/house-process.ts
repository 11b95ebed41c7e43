// A house that runs vision in a process of its own, so that it can be killed: `house-process.js <database URL> <data folder> <user id>`.
// Tells its parent where it is and a token of that user.
import {generateKeyPairSync, randomUUID} from 'node:crypto';
import {signAccessToken} from '@hearth/host/access-token.js';
import {listRevocations, publicKey, redeemTicket, verificationKeys} from '@hearth/host/identity.js';
import {definePlugin, respond} from '@hearth/host/plugin.js';
import {serve} from '@hearth/host/serve.js';
import vision from '../plugin.js';

export interface Started {
	url: string;
	token: string;
}

const [DATABASE_URL = '', HEARTH_DATA = '', user_id = ''] = process.argv.slice(2);
const kid = randomUUID();
const keys = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const jwk = publicKey.parse({...keys.publicKey.export({format: 'jwk'}), kid, use: 'sig', alg: 'ES256'});
const auth = definePlugin({
	name: 'auth',
	summary: 'Signs the tokens of one person',
	calls: [
		respond(verificationKeys, async () => ({keys: [jwk]})),
		respond(listRevocations, async () => ({revoked: []})),
		respond(redeemTicket, async () => ({user: null})),
	],
});
const house = await serve({
	plugins: [vision, auth],
	environment: {DATABASE_URL, HEARTH_DATA, HEARTH_PORT: '0', HEARTH_LOG_LEVEL: 'silent', HEARTH_DRAIN_SECONDS: '2'},
});
const user = {id: user_id, session_id: randomUUID(), role: 'member', household_id: randomUUID()} as const;
const token = signAccessToken(user, {kid, private_key: keys.privateKey}, Math.floor(Date.now() / 1000));
process.send?.({url: house.url, token} satisfies Started);
process.on('disconnect', () => process.exit());
