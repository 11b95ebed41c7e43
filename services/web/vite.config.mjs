import {fileURLToPath} from 'node:url';
import react from '@vitejs/plugin-react';
import {defineConfig} from 'vite';

// `npm run dev` here serves the app alone and hands every call on to a house that runs on the usual port.
export default defineConfig({
	root: fileURLToPath(new URL('./app/', import.meta.url)),
	publicDir: 'static',
	plugins: [react()],
	build: {
		outDir: fileURLToPath(new URL('./public/', import.meta.url)),
		emptyOutDir: true,
		// A family's older tablets: Safari of iOS 15.4, Chrome and Firefox of the same spring.
		target: ['chrome100', 'firefox100', 'safari15.4'],
		// A data: font or script would be refused by the content security policy; pictures would not, but one rule is simpler.
		assetsInlineLimit: 0,
		rolldownOptions: {
			output: {
				// A file a page is 50 files, 16 kB more in all. Libraries change seldom, so they stay in the browser's cache; pages
				// that share most of their parts travel together.
				codeSplitting: {
					// What the first page needs must not be drawn into the rooms: `app` comes before them.
					groups: [
						{name: 'libraries', test: /node_modules/, priority: 2},
						{
							name: 'app',
							test: /app\/(?:(?:api|design|shell)\/|[\w-]+\.tsx?$|features\/moderation\/queue\.ts)/,
							priority: 2,
						},
						{name: 'foods', test: /app\/features\/(?:foods|labels|moderation)\//, priority: 1},
						{name: 'people', test: /app\/features\/(?:household|account)\//, priority: 1},
					],
				},
			},
		},
	},
	server: {proxy: {'/api': {target: 'http://127.0.0.1:8080', changeOrigin: false}}},
});
