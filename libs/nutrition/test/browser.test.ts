import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';

test('nothing here needs more than a browser has', t => {
	const folder = new URL('../', import.meta.url);
	const sources = readdirSync(folder).filter(file => file.endsWith('.ts'));
	t.true(sources.includes('read-label.ts'));
	for (const file of sources) {
		const imported = [...readFileSync(new URL(file, folder), 'utf8').matchAll(/from '([^']+)'/g)].map(
			([, from = '']) => from,
		);
		for (const from of imported) t.true(from === 'zod' || from.startsWith('./'), `${file} imports ${from}`);
	}
});
