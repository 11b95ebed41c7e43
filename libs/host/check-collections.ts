import type {Plugin, Route} from './plugin.js';

/** First words of paths below /api/v1 that lead elsewhere in every house, whether or not a plugin of this one answers them yet. */
const FIXED_PATHS: ReadonlySet<string> = new Set([
	...['admin', 'auth', 'docs', 'export', 'foods', 'health', 'households', 'images', 'import', 'library'],
	...['metrics', 'ready', 'recommendations', 'sync', 'users'],
]);

/** A collection's routes begin `/api/v1/<this>`. */
const wordOf = (collection: string) => collection.replaceAll('_', '-');
const wordsOf = ({path}: Route) => path.split('/').slice(1);
/** What a route's path begins with below /api/v1. */
const firstWordOf = (route: Route): string | undefined => {
	const [api, version, first] = wordsOf(route);
	return api === 'api' && version === 'v1' ? first : undefined;
};

/** What is wrong with a plugin's collections, and with its routes where they meet collections: each path leads to one place only. */
export function wrongCollections(plugin: Plugin, others: readonly Plugin[]): string[] {
	return [...wrongNames(plugin, others), ...wrongPaths(plugin, others)];
}

function wrongNames({collections = []}: Plugin, others: readonly Plugin[]): string[] {
	const owners = new Map(
		others.flatMap(other => (other.collections ?? []).map(({name}) => [name, other.name] as const)),
	);
	const fixed = new Map([...FIXED_PATHS].map(word => [word, 'the house']));
	for (const {name, routes = []} of others) {
		for (const route of routes) {
			const word = firstWordOf(route);
			if (word !== undefined && !fixed.has(word)) fixed.set(word, name);
		}
	}
	return collections.flatMap(({name}) => {
		const [owner, taker] = [owners.get(name), fixed.get(wordOf(name))];
		owners.set(name, 'the plugin itself');
		if (owner !== undefined) return [`the collection ${name} is already declared by ${owner}: choose another name`];
		if (taker === undefined) return [];
		return [`the collection ${name} would answer /api/v1/${wordOf(name)}, a path of ${taker}: choose another name`];
	});
}

/** A plugin may add routes below its own collections, such as `/api/v1/meals/today`, but none in place of a collection's own. */
function wrongPaths({collections = [], routes = []}: Plugin, others: readonly Plugin[]): string[] {
	const ofOthers = new Map(
		others.flatMap(other => (other.collections ?? []).map(({name}) => [wordOf(name), {name, owner: other.name}])),
	);
	const own = new Map(collections.map(({name}) => [wordOf(name), name]));
	return routes.flatMap(route => {
		const name = `${route.method} ${route.path}`;
		const word = firstWordOf(route) ?? '';
		const foreign = ofOthers.get(word);
		if (foreign !== undefined)
			return [`${name} is below the collection ${foreign.name} of ${foreign.owner}: choose another path`];
		const [next, ...further] = wordsOf(route).slice(3);
		const isTaken = further.length === 0 && (next === undefined || next === 'sync' || next.startsWith(':'));
		if (!own.has(word) || !isTaken) return [];
		return [
			`${name} is a route that the collection ${own.get(word)} has already: leave it out, or choose another path`,
		];
	});
}
