import type {Plugin} from './plugin.js';

/** A part of the paths that one plugin answers. */
export interface Location {
	/** As nginx writes it: a prefix, or `~` and an expression where a parameter stands in the path. */
	match: string;
	plugin: string;
	/** Answers a stream of events: neither buffered nor compressed. */
	stream: boolean;
}

interface Node {
	segment: string;
	/** Plugin → how many of its routes are at this node or below. */
	routes: Map<string, number>;
	/** Who has a route exactly here. */
	here: Set<string>;
	children: Map<string, Node>;
}

/** `/api/v1` is everybody's: a location begins below it. */
const SHARED_DEPTH = 2;
/** The last word of a path that answers a stream, by our naming. */
const STREAMS = new Set(['live', 'stream']);

const aNode = (segment: string): Node => ({segment, routes: new Map(), here: new Set(), children: new Map()});

/**
 * The fewest locations that lead each route to its plugin: a path that one plugin alone uses is one prefix, whatever is
 * below it; where several share one, whoever has most of it gets the prefix and the others what is theirs.
 */
export function locationsOf(plugins: readonly Plugin[]): Location[] {
	const root = aNode('');
	for (const {name, routes = []} of plugins) {
		for (const {path} of routes) {
			let node = root;
			for (const segment of path.split('/').filter(Boolean)) {
				// Parameters of whatever name are one.
				const key = segment.startsWith(':') ? ':' : segment;
				const next = node.children.get(key) ?? aNode(key);
				node.children.set(key, next);
				next.routes.set(name, (next.routes.get(name) ?? 0) + 1);
				node = next;
			}
			node.here.add(name);
		}
	}
	return [...children(root)].flatMap(node => below(node, [], undefined));
}

function below(node: Node, above: readonly string[], inherited: string | undefined): Location[] {
	const path = [...above, node.segment];
	const deep = path.length > SHARED_DEPTH || path[0] !== 'api';
	const plugin = deep ? ownerOf(node) : undefined;
	const stream = STREAMS.has(node.segment) && node.here.size > 0;
	const alone = node.routes.size === 1;
	const own =
		plugin !== undefined && (plugin !== inherited || stream) ? [{match: matchOf(path, alone), plugin, stream}] : [];
	const leads = plugin ?? inherited;
	const more = alone && !hasStream(node) ? [] : [...children(node)].flatMap(child => below(child, path, leads));
	return [...own, ...more];
}

/** Undefined where nobody has a route here and several have some below: then only what is below is told apart. */
function ownerOf({routes, here}: Node): string | undefined {
	const names = [...routes.keys()];
	if (names.length === 1) return names[0];
	return [...here].sort((a, b) => (routes.get(b) ?? 0) - (routes.get(a) ?? 0) || a.localeCompare(b))[0];
}

const hasStream = (node: Node): boolean =>
	[...node.children.values()].some(child => (STREAMS.has(child.segment) && child.here.size > 0) || hasStream(child));

const children = (node: Node): Node[] => [...node.children.values()].sort((a, b) => a.segment.localeCompare(b.segment));

function matchOf(path: readonly string[], withBelow: boolean): string {
	if (!path.includes(':')) return `/${path.join('/')}`;
	const segments = path.map(segment => (segment === ':' ? '[^/]+' : segment.replaceAll('.', '\\.')));
	return `~ ^/${segments.join('/')}${withBelow ? '(?:/|$)' : '$'}`;
}
