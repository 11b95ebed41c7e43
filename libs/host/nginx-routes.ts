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
	/** Whether a route that answers a stream ends exactly here. */
	isStream: boolean;
	children: Map<string, Node>;
}

/** Everybody's, the host's own routes among them: a location begins below these. */
const SHARED = new Set(['/api', '/api/v1', '/api/v1/admin', '/compat']);

const aNode = (segment: string): Node => ({segment, routes: new Map(), isStream: false, children: new Map()});

/**
 * The fewest locations that lead each route to its plugin, in the order in which nginx is to try the expressions: a path that one
 * plugin alone uses is one prefix, whatever is below it; where several share one, whoever has most of it gets the prefix and the
 * others what is theirs.
 */
export function locationsOf(plugins: readonly Plugin[]): Location[] {
	const root = aNode('');
	for (const {name, routes = []} of plugins) {
		for (const {path, stream} of routes) {
			let node = root;
			for (const segment of path.split('/').filter(Boolean)) {
				// Parameters of whatever name are one.
				const key = segment.startsWith(':') ? ':' : segment;
				const next = node.children.get(key) ?? aNode(key);
				node.children.set(key, next);
				next.routes.set(name, (next.routes.get(name) ?? 0) + 1);
				node = next;
			}
			if (stream === true) node.isStream = true;
		}
	}
	return literals(root).flatMap(node => below(node, {path: [], leader: undefined, tried: false}));
}

/**
 * nginx tries expressions before prefixes and takes the first that fits. So where a parameter's place is contested, the words that
 * may stand there become expressions too (`tried`), before it; and what is deeper comes before what is above it.
 */
function below(node: Node, above: {path: readonly string[]; leader: string | undefined; tried: boolean}): Location[] {
	const path = [...above.path, node.segment];
	const isShared = SHARED.has(`/${path.join('/')}`);
	const leader = isShared ? undefined : leaderOf(node, above.leader);
	const parameter = node.children.get(':');
	const tried = parameter !== undefined && [...parameter.routes.keys()].some(plugin => plugin !== leader);
	const stream = node.isStream;
	const own =
		leader !== undefined && (leader !== above.leader || above.tried || stream)
			? [{match: matchOf(path, above.tried), plugin: leader, stream}]
			: [];
	if (!isShared && node.routes.size === 1 && !hasStream(node)) return own;
	return [
		...literals(node).flatMap(child => below(child, {path, leader, tried: tried || above.tried})),
		...(parameter === undefined ? [] : below(parameter, {path, leader, tried: false})),
		...own,
	];
}

/** Who has most of the routes here and below; of equals the one who leads above. */
function leaderOf({routes}: Node, above: string | undefined): string | undefined {
	const most = Math.max(...routes.values());
	const first = [...routes.keys()].filter(plugin => routes.get(plugin) === most).sort();
	return first.find(plugin => plugin === above) ?? first[0];
}

const hasStream = (node: Node): boolean =>
	[...node.children.values()].some(child => child.isStream || hasStream(child));

const literals = (node: Node): Node[] =>
	[...node.children.values()].filter(({segment}) => segment !== ':').sort((a, b) => a.segment.localeCompare(b.segment));

function matchOf(path: readonly string[], asExpression: boolean): string {
	if (!path.includes(':') && !asExpression) return `/${path.join('/')}`;
	const segments = path.map(segment => (segment === ':' ? '[^/]+' : segment.replaceAll('.', '\\.')));
	return `~ ^/${segments.join('/')}(?:/|$)`;
}
