import {readdir, readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** TypeScript of the house itself: no tests, and nothing that was installed. */
async function sources(): Promise<string[]> {
	const found: string[] = [];
	for (const folder of ['libs', 'services']) {
		for (const name of await readdir(`${root}${folder}`, {recursive: true})) {
			const ours = /(?<!\.d)\.ts$/.test(name) && !/(^|\/)(node_modules|test|dist)\//.test(name.replaceAll('\\', '/'));
			if (ours) found.push(`${folder}/${name}`);
		}
	}
	return found;
}

test('each library behind a port is imported in one file only, so that another is a change of one file', async t => {
	const importers = new Map<string, string[]>();
	for (const file of await sources()) {
		const text = await readFile(root + file, 'utf8');
		for (const library of ['redis', 'rate-limiter-flexible', 'nats', 'minio']) {
			if (text.includes(`from '${library}'`)) importers.set(library, [...(importers.get(library) ?? []), file]);
		}
	}
	t.deepEqual(Object.fromEntries(importers), {
		redis: ['libs/ports/drivers/redis-cache.ts'],
		'rate-limiter-flexible': ['libs/ports/drivers/rate-limiters.ts'],
		nats: ['libs/ports/drivers/nats-bus.ts'],
		minio: ['libs/ports/drivers/s3-objects.ts'],
	});
});
