import {nodeStore} from '../node-store.js';

// Started by stores.test.ts: two values at a time, and their number on the standard output once they are kept.
const [folder = '', round = ''] = process.argv.slice(2);
const store = await nodeStore(folder);
for (let n = 0; ; n += 1) {
	await store.write(async tx => {
		tx.put(`${round}/left/${n}`, n);
		tx.put(`${round}/right/${n}`, n);
	});
	console.log(n);
}
