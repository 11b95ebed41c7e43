import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {memoryStore} from '../memory-store.js';
import {nodeStore, StoreInUse} from '../node-store.js';
import {under} from '../store.js';
import {promises} from './store-contract.js';

async function aFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-store-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	return folder;
}

for (const [promise, keep] of Object.entries(promises)) {
	test(`on Node's disk: ${promise}`, async t => {
		const folder = await aFolder(t);
		await t.notThrowsAsync(keep(() => nodeStore(folder)));
	});
	test(`in memory: ${promise}`, async t => {
		const store = memoryStore();
		await t.notThrowsAsync(keep(async () => store));
	});
}

test('a folder that is open cannot be opened a second time', async t => {
	const folder = await aFolder(t);
	const store = await nodeStore(folder);
	await t.throwsAsync(nodeStore(folder), {instanceOf: StoreInUse, message: /close the other/});
	await store.close();
	await (await nodeStore(folder)).close();
});

test('a process that is killed while it writes has kept every write that it was told of, and each whole', async t => {
	const folder = await aFolder(t);
	for (let round = 0; round < 3; round += 1) {
		const child = spawn(process.execPath, [
			fileURLToPath(new URL('write-until-killed.js', import.meta.url)),
			folder,
			`${round}`,
		]);
		let told = -1;
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			told = Number(text.trimEnd().split('\n').at(-1));
			if (told >= 20) child.kill('SIGKILL');
		});
		await new Promise(resolve => child.once('exit', resolve));
		t.is(child.signalCode, 'SIGKILL');
		const store = await nodeStore(folder);
		const found = await store.read(tx => tx.scan<number>(under(`${round}/left/`)));
		t.true(found.length > told, `${found.length} of ${told + 1} writes are there`);
		for (const [key, value] of found) {
			t.is(await store.read(tx => tx.get(key.replace('left', 'right'))), value);
		}
		await store.close();
	}
});
