import {definePlugin} from '@hearth/host/plugin.js';
import {pullDocuments} from './pull-documents.js';
import {pushDocuments} from './push-documents.js';
import {streamDocuments, tellOfRecords, tellOfRevocation} from './stream-documents.js';

export default definePlugin({
	name: 'rxdb',
	summary: 'Dialect: every collection as RxDB replicates it over HTTP',
	dialect: {at: '/compat/rxdb', error: ({code, message, details}) => ({error: {code, message, details}})},
	routes: [pullDocuments, pushDocuments, streamDocuments],
	subscriptions: [tellOfRecords, tellOfRevocation],
});
