import {gzipSync} from 'node:zlib';
import test from 'ava';
import {bundle} from './bundle.js';

const entry = (path: string) => new URL(`../browser/${path}`, import.meta.url);
const gzipped = (code = '') => gzipSync(code).length;

test('an app becomes less than 15 kB larger by it, by 4 more once it compares checksums, and by less than one by the hooks', async t => {
	const [core, ...later] = await bundle(entry('open-in-browser.ts'), {split: true});
	const [hooks] = await bundle(entry('react.tsx'), {
		external: ['react', 'react/jsx-runtime', '@tanstack/react-query'],
	});
	const laterBytes = later.reduce((sum, code) => sum + gzipped(code), 0);
	t.log(`gzipped: ${gzipped(core)} bytes at once, ${laterBytes} for the checksum, ${gzipped(hooks)} for the hooks`);
	t.true(later.length > 0);
	t.true(gzipped(core) < 15_000);
	t.true(laterBytes < 4_000);
	t.true(gzipped(hooks) < 1_000);
});

test('no schema library and no driver of the server gets into an app', async t => {
	const [code = ''] = await bundle(entry('open-in-browser.ts'), {minify: false});
	t.true(code.includes('openHearth'));
	for (const foreign of ['ZodObject', 'classic-level', 'node:']) t.false(code.includes(foreign), foreign);
});
