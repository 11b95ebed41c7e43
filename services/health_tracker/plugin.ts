import {definePlugin} from '@hearth/host/plugin.js';
import {logIn, refresh, register} from './accounts.js';
import {failed} from './envelope.js';
import {fetchEntities} from './fetch-entity.js';
import {syncBulk} from './sync-bulk.js';
import {syncEntities} from './sync-entity.js';

export default definePlugin({
	name: 'health_tracker',
	summary: 'Sync for the health tracker: metrics, medications, meals, exercises and meal plans',
	dialect: {at: '/compat/health', error: failed},
	routes: [register, logIn, refresh, syncBulk, ...syncEntities, ...fetchEntities],
});
