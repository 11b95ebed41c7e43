import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {checkout} from './running.js';

// A page that names what is not there misleads whoever came to look for it.

const inside = (folder: string): string[] =>
	readdirSync(join(checkout, folder), {withFileTypes: true}).flatMap(entry => {
		if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : inside(join(folder, entry.name));
		return entry.name.endsWith('.md') ? [join(folder, entry.name)] : [];
	});
const pages = ['README.md', 'CONTRIBUTING.md', ...['docs', 'libs', 'services'].flatMap(inside)];
const read = (page: string) => readFileSync(join(checkout, page), 'utf8');

for (const page of pages) {
	test(`${page} leads only to what is there`, t => {
		const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) =>
			join(dirname(page), link),
		);
		const named = [
			...read(page).matchAll(/`((?:libs|services|docs|deploy|bench|nginx|cloudflared|migrations)\/[\w./-]+)`/g),
		]
			.map(([, path = '']) => path)
			// The plugin of the examples, which the reader makes.
			.filter(path => !/\bwater\b/.test(path));
		for (const path of [...links, ...named]) {
			// Generated JavaScript stands for its source.
			t.true(existsSync(join(checkout, path.replace(/\.js$/, '.ts'))) || existsSync(join(checkout, path)), path);
		}
		t.pass();
	});
}

test('the README shows how to start and how to test', t => {
	t.regex(read('README.md'), /^npm start/m);
	t.regex(read('README.md'), /^npm test/m);
	t.regex(read('README.md'), /I want to change/);
	t.notRegex(read('README.md'), /<!--/, 'nothing is left to be filled in');
});
