import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {StartupError} from '@hearth/ports/startup-error.js';
import {isTakenName, PLUGIN_NAME} from '../check-definition.js';
import type {AddCommand, Shell} from './shell.js';
import {table} from './table.js';

/** A plugin like ours, compiled, linted and tested in its place; a new one is a copy with its words replaced. */
const PATTERN = new URL('../scaffold/', import.meta.url);

export const newPlugin: AddCommand = (program, shell) => {
	const parent = program.commands.find(command => command.name() === 'plugin') ?? program.command('plugin');
	parent
		.description('makes plugins')
		.command('new')
		.description('makes services/<name> and migrations/<name>: a plugin that works at once')
		.argument('<name>', 'such as water')
		.option('--of <thing>', 'what it keeps, one word, such as glass', 'entry')
		.action((name: string, {of}: {of: string}) => make(name, of, shell));
};

async function make(name: string, thing: string, {root, discovered, print}: Shell): Promise<void> {
	refuse(name, thing, root, [...discovered.plugins, ...discovered.failed]);
	const rename = renaming(name, thing);
	const made = [`services/${name}`, `migrations/${name}`];
	try {
		for (const wing of ['services/', 'migrations/']) {
			await copy(new URL(`${wing}water/`, PATTERN), new URL(`${wing}${name}/`, root), rename);
		}
		await writeFile(new URL(`services/${name}/package.json`, root), packageOf(name));
	} catch (error) {
		// Half a plugin would keep the name and run nowhere.
		for (const folder of made) await rm(new URL(folder, root), {recursive: true, force: true});
		throw error;
	}
	const formatted = await format(root, `services/${name}`);
	print(`Made ${made.join(' and ')}. Now:`);
	const steps = [
		['npm start', 'installs, builds and serves it'],
		[`npm test -- services/${name}/test/${pluralOf(thing)}.test.js`, 'tests it'],
		[`services/${name}/README.md`, 'says which file is for what'],
		['docs/plugins.md', 'says how plugins are made'],
	];
	for (const line of table(steps)) print(`  ${line}`);
	if (!formatted) print('Not formatted: npm run format does it once the formatter is installed.');
	if (existsSync(new URL('nginx/hearth.conf', root))) {
		print('Behind nginx its routes reach the fallback until the file is made anew: npm run hearth -- nginx');
	}
}

/** Words that mean something in TypeScript or SQL wherever they stand, so that no schema, table or constant can bear them. */
const RESERVED = new Set(
	`all analyse analyze and any array as asc async await both break case cast catch check class collate column const constraint continue create
	debugger default delete deny desc distinct do else end enum except export extends false fetch finally for foreign from function grant
	group having if implements import in initially instanceof interface intersect into lateral leading let limit localtime new not null
	offset on only or order package placing primary private protected references return returning select session_user some static
	super switch symmetric table then this throw to trailing true try typeof union unique user using var variadic void when where while
	window with yield`.split(/\s+/),
);

function refuse(name: string, thing: string, root: URL, others: readonly {name: string}[]): void {
	if (!PLUGIN_NAME.test(name)) {
		throw new StartupError(`A plugin cannot be named ${name}: take 1–31 of a–z, 0–9 and _, and begin with a letter.`);
	}
	if (!/^[a-z]{2,30}$/.test(thing))
		throw new StartupError(`--of takes one word of 2–30 letters a–z, such as glass; not ${thing}.`);
	if (isTakenName(name)) {
		throw new StartupError(`The name ${name} belongs to the house or to PostgreSQL: choose another.`);
	}
	for (const word of [name, thing]) {
		if (RESERVED.has(word))
			throw new StartupError(`The word ${word} means something to PostgreSQL or TypeScript: choose another.`);
	}
	const inUse =
		others.some(other => other.name === name) ||
		[`services/${name}`, `migrations/${name}`, `libs/${name}`].some(folder => existsSync(new URL(folder, root)));
	if (inUse) throw new StartupError(`There is already something named ${name}: choose another name.`);
}

/** From the pattern's words to the new ones, in each way they are written. */
function renaming(name: string, thing: string): (text: string) => string {
	const things = pluralOf(thing);
	const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
	const camel = name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
	const words: [RegExp, string][] = [
		[/Glasses/g, capital(things)],
		[/glasses/g, things],
		[/Glass/g, capital(thing)],
		[/glass/g, thing],
		// In a path the house writes `-`; as the name of a constant, neither `-` nor `_`.
		[/(?<=\/api\/v1\/)water/g, name.replaceAll('_', '-')],
		[/(?<=^import )water\b|(?<=\[)water(?=\])|\bwater(?=\.(?:exporters|erasers))/gm, camel],
		[/water/g, name],
	];
	return text => words.reduce((changed, [word, other]) => changed.replaceAll(word, other), text);
}

function pluralOf(word: string): string {
	if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
	return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

async function copy(from: URL, to: URL, rename: (text: string) => string): Promise<void> {
	await mkdir(to, {recursive: true});
	for (const entry of await readdir(from, {withFileTypes: true})) {
		// What the compiler put beside the pattern's files is made anew for the copy.
		if (entry.name.endsWith('.js')) continue;
		if (entry.isDirectory()) await copy(new URL(`${entry.name}/`, from), new URL(`${rename(entry.name)}/`, to), rename);
		else await writeFile(new URL(rename(entry.name), to), rename(await readFile(new URL(entry.name, from), 'utf8')));
	}
}

function packageOf(name: string): string {
	const text = {
		name: `@hearth/${name}`,
		version: '0.1.0',
		private: true,
		type: 'module',
		exports: {'./*': './*'},
		dependencies: {'@hearth/host': 'workspace:*', uuid: 'catalog:', zod: 'catalog:'},
	};
	return `${JSON.stringify(text, null, '\t')}\n`;
}

/** Longer and shorter words break lines elsewhere. False where the formatter is not installed or will not: the plugin runs as it is. */
async function format(root: URL, folder: string): Promise<boolean> {
	const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', root));
	if (!existsSync(biome)) return false;
	const args = [biome, 'check', '--write', '--vcs-enabled=false', folder];
	return promisify(execFile)(process.execPath, args, {cwd: fileURLToPath(root)}).then(
		() => true,
		() => false,
	);
}
