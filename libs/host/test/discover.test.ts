import {mkdir, mkdtemp, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {discoverPlugins} from '../discover.js';

const house = new URL('../../../', import.meta.url);

/** A folder with these files, gone after the test. */
async function aFolder(t: ExecutionContext, files: Record<string, string>) {
	const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'hearth discover ')));
	t.teardown(() => rm(folder, {recursive: true}));
	for (const [name, text] of Object.entries(files)) {
		await mkdir(path.dirname(path.join(folder, name)), {recursive: true});
		await writeFile(path.join(folder, name), text);
	}
	return folder;
}

const plain = (definition: string) => `export default {summary: 'A plugin', ${definition}};`;
const get = (path: string, more = '') =>
	`{method: 'GET', path: '${path}', summary: 'A route', role: 'member', handle: async () => 1, ${more}}`;

/** Discovers one plugin beside the services of an otherwise empty house. */
async function reasonFor(t: ExecutionContext, definition: string, beside: Record<string, string> = {}) {
	const folder = await aFolder(t, {...beside, 'plugin.js': plain(definition)});
	const {failed} = await discoverPlugins({root: pathToFileURL(`${folder}/`), outside: [folder]});
	return failed.map(({reason}) => reason).join('\n');
}

test('the services of the house are found, by folder name', async t => {
	const folder = await aFolder(t, {
		'services/water/plugin.js': plain(`name: 'water'`),
		'services/bread/plugin.js': plain(`name: 'bread'`),
		'services/notes/README.md': 'no plugin',
	});
	const {plugins, failed, sources} = await discoverPlugins({root: pathToFileURL(`${folder}/`), outside: []});
	t.deepEqual(
		plugins.map(({name}) => name),
		['bread', 'water'],
	);
	t.deepEqual(failed, []);
	t.is(sources.get('water'), 'services/water');
});

test('a plugin in a folder outside the house uses the house and its zod', async t => {
	const folder = await aFolder(t, {
		'plugin.js': `
			import {z} from 'zod';
			import {definePlugin, route} from '@hearth/host/plugin.js';
			import {PublicError} from '@hearth/host/errors.js';
			export {PublicError};
			export default definePlugin({name: 'water', summary: 'Water', routes: [route('GET', '/api/v1/water', {
				summary: 'Water', role: 'member', query: z.object({date: z.iso.date()}), handle: async () => []})]});`,
	});
	const {plugins, failed} = await discoverPlugins({root: house, outside: [folder]});
	t.deepEqual(
		failed.filter(({source}) => source === folder),
		[],
	);
	t.true(plugins.some(({name}) => name === 'water'));
	const theirs: typeof import('../errors.js') = await import(pathToFileURL(path.join(folder, 'plugin.js')).href);
	t.is(theirs.PublicError, (await import('../errors.js')).PublicError, 'its errors are the errors the host knows');
});

test('a plugin is found through a link, by its path from the house, and as a package in the data folder', async t => {
	const folder = await aFolder(t, {
		'real/plugin.js': `import {event} from '@hearth/host/plugin.js';\n${plain(`name: 'linked', events: []`)}`,
		'extra/near/plugin.mjs': plain(`name: 'near'`),
		'data/node_modules/@ours/water/package.json': JSON.stringify({
			name: '@ours/water',
			type: 'module',
			main: 'dist/index.js',
		}),
		'data/node_modules/@ours/water/dist/index.js': plain(`name: 'packaged'`),
	});
	await symlink(path.join(folder, 'real'), path.join(folder, 'link'));
	await symlink(new URL('libs', house), path.join(folder, 'libs'));
	const outside = [path.join(folder, 'link'), './extra/near', '@ours/water'];
	const {plugins, failed} = await discoverPlugins({root: pathToFileURL(`${folder}/`), outside});
	t.deepEqual(failed, []);
	t.deepEqual(
		plugins.map(({name}) => name),
		['linked', 'near', 'packaged'],
	);
});

test('a plugin that cannot be imported is told of and the rest go on', async t => {
	const folder = await aFolder(t, {
		'services/broken/plugin.js': 'export default {',
		'services/throwing/plugin.js': `throw new Error('no such luck');`,
		'services/uncompiled/plugin.ts': plain(`name: 'uncompiled'`),
		'services/wanting/plugin.js': `import 'a-package-nobody-has';`,
		'services/fine/plugin.js': plain(`name: 'fine'`),
	});
	const {plugins, failed} = await discoverPlugins({
		root: pathToFileURL(`${folder}/`),
		outside: ['./nowhere', 'no-package'],
	});
	t.deepEqual(
		plugins.map(({name}) => name),
		['fine'],
	);
	const reasons = Object.fromEntries(failed.map(({name, reason}) => [name, reason]));
	t.regex(reasons.broken ?? '', /Unexpected end of input \(`node .*broken\/plugin\.js/);
	t.regex(reasons.throwing ?? '', /no such luck/);
	t.regex(reasons.uncompiled ?? '', /not compiled yet: run npm run build/);
	t.regex(reasons.wanting ?? '', /a-package-nobody-has/);
	t.regex(reasons.nowhere ?? '', /nothing is there; looked for .*nowhere/);
	t.regex(reasons['no-package'] ?? '', /looked for .*data\/node_modules\/no-package and /);
});

test('a TypeScript plugin runs where Node reads TypeScript, and else says what to do', async t => {
	const folder = await aFolder(t, {'plugin.ts': `const name: string = 'typed';\n${plain('name')}`});
	const {plugins, failed} = await discoverPlugins({root: pathToFileURL(`${folder}/`), outside: [folder]});
	if ((process.features as {typescript?: unknown}).typescript) t.is(plugins[0]?.name, 'typed');
	else t.regex(failed[0]?.reason ?? '', /does not read TypeScript: compile .*plugin\.ts/);
});

const wrong = test.macro(async (t, definition: string, expected: RegExp, beside?: Record<string, string>) => {
	t.regex(await reasonFor(t, definition, beside), expected);
});
const waterInHouse = {
	'services/water/plugin.js': plain(`name: 'water', files: {at: '/w', folder: new URL('./', import.meta.url)},
		routes: [${get('/api/v1/water/:id')}], commands: [{name: 'water list', summary: 'Lists', run() {}}]`),
};

test('a plugin without a name is refused', wrong, `routes: []`, /^name /);
test('a name that PostgreSQL could not take is refused', wrong, `name: 'Water-1'`, /name must be 1–31 of a–z/);
test('a name of the house is refused', wrong, `name: 'public'`, /belongs to the house or to PostgreSQL/);
test('a mistyped key is refused', wrong, `name: 'x', route: []`, /Unrecognized key: "route"/);
test(
	'a route without a role is refused by its path',
	wrong,
	`name: 'x', routes: [${get('/api/v1/x').replace('role', 'roll')}]`,
	/routes\[0\] \(GET \/api\/v1\/x\): role must be/,
);
test(
	'a path that ends in a slash is refused',
	wrong,
	`name: 'x', routes: [${get('/api/v1/x/')}]`,
	/path must look like/,
);
test('a path of the house is refused', wrong, `name: 'x', routes: [${get('/docs/x')}]`, /answered by the house itself/);
test(
	'a stream that would be JSON too is refused',
	wrong,
	`name: 'x', routes: [${get('/x').replace('role', 'stream: true, status: 204, role')}]`,
	/answers a stream/,
);
test(
	'a route declared twice is refused',
	wrong,
	`name: 'x', routes: [${get('/x/:a')}, ${get('/x/:b')}]`,
	/already a route of the plugin itself/,
);
test(
	'a route of another plugin is refused',
	wrong,
	`name: 'x', routes: [${get('/api/v1/water/:n')}]`,
	/already a route of water/,
	waterInHouse,
);
test('the name of another plugin is refused', wrong, `name: 'water'`, /already a plugin named water/, waterInHouse);
test(
	'a command of another plugin is refused',
	wrong,
	`name: 'x', commands: [{name: 'water list', summary: 'Lists', run() {}}]`,
	/already a command water list/,
	waterInHouse,
);
test(
	'a command of hearth itself is refused',
	wrong,
	`name: 'x', commands: [{name: 'serve x', summary: 'Serves', run() {}}]`,
	/hearth's own, serve/,
);
test(
	'files at the path of another are refused',
	wrong,
	`name: 'x', files: {at: '/w', folder: new URL('./', import.meta.url)}`,
	/already served by water/,
	waterInHouse,
);
test(
	'an event in the name of another is refused',
	wrong,
	`name: 'x', events: [{name: 'auth.revoked', payload: {_zod: {}}}]`,
	/event auth\.revoked must be named x\.something/,
);
test(
	'a body schema that is no zod schema is refused',
	wrong,
	`name: 'x', routes: [${get('/x', 'query: {type: "object"}')}]`,
	/query must be a schema made with zod 4/,
);
test(
	'a GET with a body is refused',
	wrong,
	`name: 'x', routes: [${get('/x', 'body: {_zod: {}}')}]`,
	/GET and cannot have a body/,
);
test(
	'migrations that are not there are refused',
	wrong,
	`name: 'x', migrations: new URL('./none/', import.meta.url)`,
	/folder of migrations .*none\/ is not there/,
);
const kept = (name: string, more = '') =>
	`{name: '${name}', summary: 'Things', schema: {_zod: {}}, patch: {_zod: {}}, merge: {}, indexes: [],
		deleted_and_edited: 'delete', split_on: null, max_records: 10, announce: false, ${more}}`;
const glassesInHouse = {
	'services/water/plugin.js': plain(`name: 'water', collections: [${kept('water_glasses')}],
		routes: [${get('/api/v1/water-glasses/today')}, ${get('/api/v1/water/:id')}]`),
};
for (const word of [
	...['admin', 'auth', 'users', 'households', 'foods', 'images', 'sync', 'export', 'import', 'library'],
	...['recommendations', 'health'],
]) {
	test(
		`a collection is not named ${word}, which is a path of the house`,
		wrong,
		`name: 'x', collections: [${kept(word)}]`,
		new RegExp(`the collection ${word} would answer /api/v1/${word}, a path of the house: choose another name`),
	);
}
test(
	'a collection whose path is another plugin’s is refused',
	wrong,
	`name: 'x', collections: [${kept('water')}]`,
	/the collection water would answer \/api\/v1\/water, a path of water: choose another name/,
	glassesInHouse,
);
test(
	'a collection of another plugin is refused',
	wrong,
	`name: 'x', collections: [${kept('water_glasses')}]`,
	/the collection water_glasses is already declared by water/,
	glassesInHouse,
);
test(
	'a route below another plugin’s collection is refused',
	wrong,
	`name: 'x', routes: [${get('/api/v1/water-glasses/yesterday')}]`,
	/is below the collection water_glasses of water: choose another path/,
	glassesInHouse,
);
test(
	'a route in place of a collection’s own is refused',
	wrong,
	`name: 'x', collections: [${kept('tea_cups')}], routes: [${get('/api/v1/tea-cups/:cup')}]`,
	/GET \/api\/v1\/tea-cups\/:cup is a route that the collection tea_cups has already/,
);
test(
	'a collection whose name no path could bear is refused',
	wrong,
	`name: 'x', collections: [${kept('Tea-Cups')}]`,
	/collections\[0\] \(Tea-Cups\): name must be 1–63 of a–z/,
);
test('a plugin may add routes below its own collections', async t => {
	t.is(await reasonFor(t, `name: 'x'`, glassesInHouse), '');
});

test('a definition that is no object is refused', async t => {
	const folder = await aFolder(t, {'plugin.js': 'export const plugin = 1;'});
	const {failed} = await discoverPlugins({root: pathToFileURL(`${folder}/`), outside: [folder]});
	t.regex(failed[0]?.reason ?? '', /must `export default definePlugin/);
});

test('a setting of the house is declared by a plugin only as the house does', async t => {
	const folder = await aFolder(t, {
		'one/plugin.js': `import {z} from 'zod';
			${plain(`name: 'one', settings: [{name: 'HEARTH_PORT', schema: z.string(), summary: 'Port', secret: false}]`)}`,
		'two/plugin.js': `import {port} from '@hearth/host/platform-settings.js';\n${plain(`name: 'two', settings: [port]`)}`,
	});
	const outside = [path.join(folder, 'one'), path.join(folder, 'two')];
	const {plugins, failed} = await discoverPlugins({root: house, outside});
	t.regex(failed.find(({name}) => name === 'one')?.reason ?? '', /HEARTH_PORT is declared differently by the house/);
	t.true(plugins.some(({name}) => name === 'two'));
});
