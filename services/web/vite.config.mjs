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
	},
	server: {proxy: {'/api': {target: 'http://127.0.0.1:8080', changeOrigin: false}}},
});
