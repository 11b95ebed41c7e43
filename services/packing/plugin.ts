import {definePlugin} from '@hearth/host/plugin.js';
import {ackChanges} from './ack-changes.js';
import {pullChanges} from './pull-changes.js';
import {pushChanges} from './push-changes.js';

export default definePlugin({
	name: 'packing',
	summary: 'Dialect: lists and what is on them, as a log of changes with versions',
	dialect: {at: '/compat/packing', error: ({code, message, details}) => ({error: {code, message, details}})},
	routes: [pushChanges, pullChanges, ackChanges],
});
