import {spawnSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {leftOut} from '@hearth/ports/contract/left-out.js';
import {findServer} from '@hearth/servers/find.js';
import test from 'ava';
import {discoverPlugins} from '../discover.js';
import {nginxConf} from '../nginx-conf.js';
import {locationsOf} from '../nginx-routes.js';
import type {Plugin} from '../plugin.js';
import {aFrontWithParts, aPlugin, seen} from './nginx-front.js';

const program = findServer('nginx');
if (program === null) leftOut(test, 'the way through nginx', 'there is no nginx');
const withNginx = program === null ? test.skip : test;

const root = new URL('../../../', import.meta.url);

const leads = test.macro((t, plugins: Plugin[], expected: Record<string, string>) => {
	t.deepEqual(Object.fromEntries(locationsOf(plugins).map(({match, plugin}) => [match, plugin])), expected);
});

test(
	'a path that one plugin alone uses is one prefix',
	leads,
	[aPlugin('food', '/api/v1/foods/:id', '/api/v1/foods/search')],
	{
		'/api/v1/foods': 'food',
	},
);
test(
	'of a shared path the one with most routes gets the prefix and the other what is theirs',
	leads,
	[aPlugin('food', '/api/v1/images/:id/food'), aPlugin('vision', '/api/v1/images/upload', '/api/v1/images/:id')],
	{
		'~ ^/api/v1/images/upload(?:/|$)': 'vision',
		'~ ^/api/v1/images/[^/]+/food(?:/|$)': 'food',
		'/api/v1/images': 'vision',
	},
);
test(
	'a word is not taken for the parameter that another plugin has in its place',
	leads,
	[aPlugin('a', '/x/:id', '/x/:id/y', '/x/:id/z'), aPlugin('b', '/x/word')],
	{'/x/word': 'b', '/x': 'a'},
);
test(
	'a stream has a place of its own among the routes of its plugin',
	leads,
	[
		aPlugin(
			'sync',
			'/api/v1/sync/pull',
			'/api/v1/sync/live',
			'/compat/rxdb/:collection/live',
			'/compat/rxdb/:collection',
		),
	],
	{
		'/api/v1/sync/live': 'sync',
		'/api/v1/sync': 'sync',
		'~ ^/compat/rxdb/[^/]+/live(?:/|$)': 'sync',
		'/compat/rxdb': 'sync',
	},
);

test('the committed nginx/hearth.conf is what the plugins of the house make', t => {
	const run = spawnSync(process.execPath, ['libs/host/hearth.js', 'nginx', '--check'], {cwd: root, encoding: 'utf8'});
	t.is(run.status, 0, run.stderr);
});

withNginx('nginx accepts the file of the house, and starts before any part can be found', async t => {
	const folder = await mkdtemp(path.join(tmpdir(), 'hearth-nginx-'));
	t.teardown(() => rm(folder, {recursive: true, force: true}));
	const {plugins} = await discoverPlugins({root, outside: []});
	const file = path.join(folder, 'nginx.conf');
	await writeFile(file, nginxConf(plugins, {folder}));
	const {status, stderr} = spawnSync(program as string, ['-t', '-c', file, '-p', folder], {encoding: 'utf8'});
	t.is(status, 0, stderr);
	t.notRegex(stderr, /\[(?:error|emerg)\]/);
});

withNginx('every route of the house reaches its plugin through nginx, and any other path the fallback', async t => {
	const {plugins} = await discoverPlugins({root, outside: []});
	const {url} = await aFrontWithParts(t, plugins);
	for (const {name, routes = []} of plugins) {
		for (const {path: at} of routes) {
			const asked = at.replaceAll(/:[^/]+/g, '0190f2b0-0000-7000-8000-000000000000');
			t.like(await seen(`${url}${asked}?a=b%2Fc`), {part: name, url: `${asked}?a=b%2Fc`});
		}
	}
	for (const at of ['/', '/foods/new', '/api/v1/water/glasses', '/api/v1/openapi.json'])
		t.is((await seen(url + at)).part, 'rest', at);
});

withNginx('the tunnel alone says who the client is', async t => {
	const {url, tunnel} = await aFrontWithParts(t, [aPlugin('food', '/api/v1/foods')]);
	const pretence = {
		'cf-connecting-ip': '203.0.113.7',
		'x-forwarded-for': '203.0.113.8',
		'x-real-ip': '203.0.113.9',
		forwarded: 'for=203.0.113.10',
		'x-forwarded-proto': 'https',
		'x-forwarded-host': 'evil.example',
	};
	const direct = (await seen(`${url}/api/v1/foods`, pretence)).headers;
	t.like(direct, {
		'x-forwarded-for': '127.0.0.1',
		'x-forwarded-proto': 'http',
		'x-forwarded-host': new URL(url).host,
		'cf-connecting-ip': undefined,
		'x-real-ip': undefined,
		forwarded: undefined,
	});
	const through = await seen(`${tunnel}/api/v1/foods`, pretence);
	t.like(through.headers, {
		'x-forwarded-for': '203.0.113.7',
		'x-forwarded-proto': 'https',
		'cf-connecting-ip': undefined,
	});
	for (const nobody of ['x, y', '203.0.113.7, 203.0.113.8', '$remote_addr'])
		t.is((await seen(`${tunnel}/api/v1/foods`, {'cf-connecting-ip': nobody})).headers['x-forwarded-for'], '127.0.0.1');
});
