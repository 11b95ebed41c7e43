import {storedSession} from '../auth.js';
import {nodeStore} from '../node-store.js';
import {openHearth} from '../open-hearth.js';
import {type Collections, password} from './devices.js';

// Started by faults.test.ts: makes records as fast as it can, syncs all the while, and prints how many there are.
const [folder = '', url = '', email = '', device_id = ''] = process.argv.slice(2);
const store = await nodeStore(folder);
const session = storedSession({url, store, device: {id: device_id, name: 'A test'}});
await session.signIn({email, password});
const phone = await openHearth<Collections>({
	url,
	store,
	auth: session,
	device_id,
	collections: {weights: {}, lists: {}},
	live: false,
});
for (let n = 1; ; n += 1) {
	const {id} = await phone.collection('lists').create({title: `list ${n}`});
	await phone.collection('lists').update(id, {n});
	console.log(n);
	if (n % 10 === 0) void phone.sync();
}
