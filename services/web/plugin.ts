import {definePlugin} from '@hearth/host/plugin.js';

export default definePlugin({
	name: 'web',
	summary: 'The app people open in a browser',
	files: {at: '/', folder: new URL('./public/', import.meta.url), fallback: 'index.html'},
});
