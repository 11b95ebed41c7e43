// Module resolution for plugins from outside the house. It runs where modules are resolved and knows nothing but this list.
// `@hearth/…` always means the house's own, for a second copy would have error classes of its own that the host does not know;
// `zod` is the house's where the plugin has none.
import {existsSync} from 'node:fs';

/** @type {{folders: string[], packages: Record<string, string>, house: string}[]} URLs; folders and packages end in `/`. */
const loans = [];

export function initialize(loan) {
	loans.unshift(loan);
}

export function resolve(specifier, context, nextResolve) {
	const from = context.parentURL;
	const loan = loans.find(({folders}) => folders.some(folder => from?.startsWith(folder)));
	if (loan === undefined) return nextResolve(specifier, context);
	const [, name, file] = /^(@hearth\/[^/]+)\/(.+)$/.exec(specifier) ?? [];
	const home = name === undefined ? undefined : loan.packages[name];
	if (home !== undefined) return nextResolve(new URL(file, home).href, context);
	if (/^zod(?:\/|$)/.test(specifier) && !hasOwn('zod', from)) {
		return nextResolve(specifier, {...context, parentURL: loan.house});
	}
	return nextResolve(specifier, context);
}

function hasOwn(name, from) {
	for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
		if (existsSync(new URL(`node_modules/${name}/package.json`, folder))) return true;
		if (folder.pathname === '/') return false;
	}
}
