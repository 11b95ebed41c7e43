import {fileURLToPath} from 'node:url';
import {build} from 'vite';

/** An entry and all that it imports, as an app would bundle it: first what is loaded at once, then, where `split`, what is loaded later. */
export async function bundle(
	entry: URL,
	{external = [], minify = true, split = false}: {external?: string[]; minify?: boolean; split?: boolean} = {},
): Promise<string[]> {
	const built = await build({
		configFile: false,
		logLevel: 'silent',
		root: fileURLToPath(new URL('../', import.meta.url)),
		// AVA's NODE_ENV is "test", which Vite takes for development.
		define: {'process.env.NODE_ENV': '"production"'},
		oxc: {jsx: {runtime: 'automatic', development: false}},
		build: {
			write: false,
			minify,
			modulePreload: false,
			// As the app's own: services/web/vite.config.mjs.
			target: ['chrome100', 'firefox100', 'safari15.4'],
			rolldownOptions: {
				input: fileURLToPath(entry),
				preserveEntrySignatures: 'allow-extension',
				external,
				output: {codeSplitting: split},
			},
		},
	});
	const outputs = Array.isArray(built) ? built : 'output' in built ? [built] : [];
	const chunks = outputs.flatMap(({output}) => output).filter(one => one.type === 'chunk');
	return chunks.sort((a, b) => Number(b.isEntry) - Number(a.isEntry)).map(({code}) => code);
}
