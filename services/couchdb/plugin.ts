import {definePlugin} from '@hearth/host/plugin.js';
import {getAllDocs, postAllDocs} from './all-docs.js';
import {bulkDocs} from './bulk-docs.js';
import {bulkGet} from './bulk-get.js';
import {getChanges, postChanges} from './changes.js';
import {couchError} from './dialect.js';
import {documents} from './documents.js';
import {databasesAdvanced} from './events.js';
import {eraseDatabases, exportDatabases} from './export-and-erase.js';
import {getDatabase, putDatabase, welcome} from './get-database.js';
import {getDesign, getDocument} from './get-document.js';
import {deleteLocal, getLocal, putLocal} from './local-documents.js';
import {wakeOnRecords, wakeOnRevisions} from './long-poll.js';
import {deleteDesign, deleteDocument, getAttachment, putAttachment, putDesign, putDocument} from './put-document.js';
import {revsDiff} from './revs-diff.js';

export default definePlugin({
	name: 'couchdb',
	summary: 'Replication with PouchDB, of the collections and of free databases',
	dialect: {at: '/compat/couchdb', error: couchError},
	collections: [documents],
	routes: [
		welcome,
		getDatabase,
		putDatabase,
		getChanges,
		postChanges,
		bulkGet,
		revsDiff,
		bulkDocs,
		getLocal,
		putLocal,
		deleteLocal,
		getAllDocs,
		postAllDocs,
		getDocument,
		getDesign,
		putDocument,
		putDesign,
		deleteDocument,
		deleteDesign,
		getAttachment,
		putAttachment,
	],
	events: [databasesAdvanced],
	subscriptions: [wakeOnRecords, wakeOnRevisions],
	migrations: new URL('../../migrations/couchdb/', import.meta.url),
	health: async ({db}) => {
		await db.many('select 1 from couchdb.databases limit 1');
	},
	exporters: [exportDatabases],
	erasers: [eraseDatabases],
});
