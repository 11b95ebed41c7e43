import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import test from 'ava';

const built = new URL('../public/', import.meta.url);
const gzipped = (path: string) => gzipSync(readFileSync(new URL(path, built))).length;

test('the app comes to a phone in less than 130 kB, and stands after less than 110', t => {
	t.true(existsSync(new URL('index.html', built)), 'The app is not built. Run "npm run build" first.');
	const page = readFileSync(new URL('index.html', built), 'utf8');
	const first = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
	const all = readdirSync(new URL('assets/', built)).map(name => `assets/${name}`);
	const bytes = (paths: string[]) => paths.reduce((sum, path) => sum + gzipped(path), gzipped('index.html'));
	t.log(`${bytes(first)} bytes gzipped before the first page, ${bytes(all)} with every page`);
	t.true(first.length > 0);
	t.true(bytes(first) < 110_000);
	t.true(bytes(all) < 130_000);
});

test('the page has no script or style of its own, and asks nobody else for one', t => {
	const page = readFileSync(new URL('index.html', built), 'utf8');
	t.notRegex(page, /<script(?![^>]*\bsrc="\/)/);
	t.notRegex(page, /<style|\sstyle=|\son\w+=/);
	t.notRegex(page, /(?:src|href)="(?!\/)/);
});
