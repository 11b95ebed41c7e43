import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {wrongWith} from './check-definition.js';
import {type Located, lendPackages, locatePlugin} from './outside-plugins.js';
import {platformSettings} from './platform-settings.js';
import type {Plugin} from './plugin.js';
import {withCollectionRoutes} from './records.js';
import type {FailedPlugin} from './serve.js';

export interface Discovered {
	plugins: Plugin[];
	/** Named as they name themselves where that is known, else by their folder. */
	failed: FailedPlugin[];
	/** Names of those that HEARTH_PLUGINS brought in. */
	outside: string[];
	/** Where each plugin came from, by its name: `services/food`, or as HEARTH_PLUGINS has it. */
	sources: Map<string, string>;
}

/** A module that waits for something while it is imported would keep the house from starting. Too short fails a slow disk. */
const IMPORT_TIMEOUT_MS = 15_000;

/**
 * Imports every definition: those under `services/` of the house (`root`), then those that `HEARTH_PLUGINS` names (`outside`).
 * `data` is the data folder, where packages from outside may be installed. One that cannot be imported or is wrong is
 * in `failed` with its reason in plain words, and the rest go on; of two that clash the one named later fails.
 */
export async function discoverPlugins({
	root,
	outside,
	data = fileURLToPath(new URL('data/', root)),
}: {
	root: URL;
	outside: readonly string[];
	data?: string;
}): Promise<Discovered> {
	const guests = outside.map(name => ({
		name: path.basename(name),
		source: name,
		at: locatePlugin(name, root, data),
		isGuest: true,
	}));
	lendPackages(
		guests.flatMap(({at}) => ('folder' in at ? [at.folder] : [])),
		root,
	);
	const plugins: Plugin[] = [];
	const failed: FailedPlugin[] = [];
	const fromOutside: string[] = [];
	const sources = new Map<string, string>();
	for (const {name, source, at, isGuest} of [...servicesOf(root), ...guests]) {
		const imported = 'reason' in at ? at : await importDefinition(at.entry);
		if ('reason' in imported) {
			failed.push({name, source, reason: imported.reason, outside: isGuest});
			continue;
		}
		const wrong = wrongWith(imported.exported, plugins, platformSettings);
		if (wrong.length > 0) {
			failed.push({name: nameOf(imported.exported) ?? name, source, reason: wrong.join('; '), outside: isGuest});
			continue;
		}
		// wrongWith has found it to be one.
		const plugin = imported.exported as Plugin;
		plugins.push(plugin);
		sources.set(plugin.name, source);
		if (isGuest) fromOutside.push(plugin.name);
	}
	return {plugins: withCollectionRoutes(plugins), failed, outside: fromOutside, sources};
}

interface Found {
	name: string;
	source: string;
	at: Located;
	isGuest: boolean;
}

function servicesOf(root: URL): Found[] {
	const services = new URL('services/', root);
	if (!existsSync(services)) return [];
	return readdirSync(services)
		.sort()
		.flatMap((name): Found[] => {
			const folder = fileURLToPath(new URL(`${name}/`, services));
			const entry = path.join(folder, 'plugin.js');
			const source = `services/${name}`;
			if (existsSync(entry)) return [{name, source, at: {entry, folder}, isGuest: false}];
			if (!existsSync(path.join(folder, 'plugin.ts'))) return [];
			const reason = `${source}/plugin.ts is not compiled yet: run npm run build`;
			return [{name, source, at: {reason}, isGuest: false}];
		});
}

async function importDefinition(entry: string): Promise<{exported: unknown} | {reason: string}> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<{reason: string}>(resolve => {
		timer = setTimeout(
			() =>
				resolve({
					reason: `importing ${entry} did not end within ${IMPORT_TIMEOUT_MS / 1000} s: a definition must not wait for anything`,
				}),
			IMPORT_TIMEOUT_MS,
		);
	});
	const imported = import(pathToFileURL(entry).href).then(
		(module: {default?: unknown}) => ({exported: module.default}),
		(error: unknown) => ({reason: told(error, entry)}),
	);
	try {
		return await Promise.race([imported, late]);
	} finally {
		clearTimeout(timer);
	}
}

function nameOf(exported: unknown): string | undefined {
	const name = (exported as {name?: unknown} | null | undefined)?.name;
	return typeof name === 'string' && name !== '' ? name : undefined;
}

function told(error: unknown, entry: string): string {
	if (!(error instanceof Error)) return `cannot be imported: it throws ${String(error)}`;
	// Where it is Node tells only on the terminal.
	const more = error instanceof SyntaxError ? ` (\`node ${entry}\` shows the line)` : '';
	return `cannot be imported: ${error.message}${more}`;
}
