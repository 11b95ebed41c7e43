import type {Dialect, Plugin} from '../plugin.js';

/** The dialect that a path speaks; undefined for the house's own manner. */
export function dialectsOf(plugins: readonly Plugin[]): (path: string) => Dialect | undefined {
	const dialects = plugins.flatMap(({dialect}) => (dialect === undefined ? [] : [dialect]));
	return path =>
		path.startsWith('/compat/') ? dialects.find(({at}) => path === at || path.startsWith(`${at}/`)) : undefined;
}
