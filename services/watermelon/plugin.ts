import {definePlugin} from '@hearth/host/plugin.js';
import {pullChanges} from './pull-changes.js';
import {pushChanges} from './push-changes.js';

export default definePlugin({
	name: 'watermelon',
	summary: 'Sync for apps that keep their training in WatermelonDB',
	dialect: {
		at: '/compat/watermelon',
		error: ({code, message, details}) => ({error: {code, message, details}}),
		token_header: 'x-jwt-token',
	},
	routes: [pullChanges, pushChanges],
});
