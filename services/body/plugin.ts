import {definePlugin} from '@hearth/host/plugin.js';
import {healthMetrics} from './health-metrics.js';
import {medications} from './medications.js';
import {supplementLog} from './supplement-log.js';
import {supplements} from './supplements.js';
import {weights} from './weights.js';

export default definePlugin({
	name: 'body',
	summary: 'Weights, health metrics, medications and supplements',
	collections: [weights, healthMetrics, medications, supplements, supplementLog],
});
