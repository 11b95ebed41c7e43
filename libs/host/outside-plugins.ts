import {existsSync, readdirSync, readFileSync, realpathSync, statSync} from 'node:fs';
import {register} from 'node:module';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

/** Where a plugin from outside is, or why it is nowhere. */
export type Located = {entry: string; folder: string} | {reason: string};

/**
 * Finds what `HEARTH_PLUGINS` names: a folder (absolute, or relative to the house), or an npm package installed in the data
 * folder or in the house. Its entry is `plugin.js`, `plugin.mjs`, the `main` of its package.json, or, where this Node reads
 * TypeScript, `plugin.ts`.
 */
export function locatePlugin(name: string, root: URL, data: string): Located {
	const looked = candidates(name, fileURLToPath(root), data);
	const found = looked.find(place => existsSync(place));
	if (found === undefined) {
		return {
			reason: `nothing is there; looked for ${looked.join(' and ')}. Correct HEARTH_PLUGINS, or install it there`,
		};
	}
	// Node resolves links before it asks from where a module imports, so the real path is the one to know it by.
	const real = realpathSync(found);
	if (statSync(real).isFile()) return {entry: real, folder: path.dirname(real)};
	return entryOf(real);
}

function candidates(name: string, root: string, data: string): string[] {
	if (path.isAbsolute(name)) return [name];
	const inHouse = path.resolve(root, name);
	const isPackage = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/.test(name);
	if (!isPackage) return [inHouse];
	return [path.join(data, 'node_modules', name), path.join(root, 'node_modules', name), inHouse];
}

function entryOf(folder: string): Located {
	const file = ['plugin.js', 'plugin.mjs', mainOf(folder)].find(
		candidate => candidate !== undefined && existsSync(path.join(folder, candidate)),
	);
	if (file !== undefined) return {entry: path.join(folder, file), folder};
	if (!existsSync(path.join(folder, 'plugin.ts')))
		return {reason: `${folder} has no plugin.js, plugin.mjs or main in package.json`};
	// Known since Node 22.10; earlier ones have no such word.
	if ((process.features as {typescript?: unknown}).typescript) return {entry: path.join(folder, 'plugin.ts'), folder};
	return {
		reason: `Node ${process.versions.node} does not read TypeScript: compile ${path.join(folder, 'plugin.ts')} to plugin.js`,
	};
}

function mainOf(folder: string): string | undefined {
	const file = path.join(folder, 'package.json');
	if (!existsSync(file)) return undefined;
	try {
		const {main} = JSON.parse(readFileSync(file, 'utf8')) as {main?: unknown};
		return typeof main === 'string' ? main : undefined;
	} catch (error) {
		// Not JSON: then it names no entry. Node says what is wrong with it, should there be another entry to import.
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

/** From now on files of these folders import `@hearth/…` of the house, and its zod where they have none. */
export function lendPackages(folders: readonly string[], root: URL): void {
	if (folders.length === 0) return;
	register('./outside-plugins-hook.mjs', {
		parentURL: import.meta.url,
		data: {
			folders: folders.map(folder => pathToFileURL(`${folder}/`).href),
			packages: packagesOf(root),
			house: import.meta.url,
		},
	});
}

/** Package name → the URL of its folder, of every room of the house. */
function packagesOf(root: URL): Record<string, string> {
	const packages: Record<string, string> = {};
	for (const wing of ['libs/', 'services/']) {
		const folder = new URL(wing, root);
		if (!existsSync(folder)) continue;
		for (const room of readdirSync(folder)) {
			const file = new URL(`${room}/package.json`, folder);
			if (!existsSync(file)) continue;
			const {name} = JSON.parse(readFileSync(file, 'utf8')) as {name: string};
			packages[name] = new URL(`${room}/`, folder).href;
		}
	}
	return packages;
}
