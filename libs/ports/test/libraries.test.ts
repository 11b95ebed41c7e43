import {readdir, readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** TypeScript of the house itself: no tests, and nothing that was installed, where packages lead to each other in circles. */
async function sources(folder: string): Promise<string[]> {
	const found: string[] = [];
	for (const entry of await readdir(root + folder, {withFileTypes: true})) {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory() && !['node_modules', 'test', 'dist'].includes(entry.name))
			found.push(...(await sources(path)));
		if (entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name)) found.push(path);
	}
	return found;
}

test('each library behind a port is imported in one file only, so that another is a change of one file', async t => {
	const importers = new Map<string, string[]>();
	for (const file of [...(await sources('libs')), ...(await sources('services'))]) {
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
