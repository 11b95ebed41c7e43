import {definePlugin} from '@hearth/host/plugin.js';
import {ack} from './ack.js';
import {checksum} from './checksum.js';
import {collectionRoutes} from './collection-routes.js';
import {answerDeviceStates, forgetDevice} from './devices.js';
import {exportRecords} from './export.js';
import {importRecords} from './import.js';
import {listSnapshots, restoreSnapshot} from './kept-snapshots.js';
import {listConflicts} from './list-conflicts.js';
import {live, tellOfPictures, tellOfRecords, tellOfRevocation} from './live.js';
import {pull} from './pull.js';
import {push} from './push.js';
import {resolveConflict} from './resolve-conflict.js';
import {forgetSyncState} from './sync-enabled.js';

export default definePlugin({
	name: 'sync',
	summary: 'The records of people: sync between their devices, and REST routes of every collection',
	routes: [
		push,
		pull,
		checksum,
		listConflicts,
		resolveConflict,
		ack,
		live,
		exportRecords,
		importRecords,
		listSnapshots,
		restoreSnapshot,
	],
	collectionRoutes,
	calls: [answerDeviceStates],
	subscriptions: [forgetDevice, forgetSyncState, tellOfRecords, tellOfPictures, tellOfRevocation],
	migrations: new URL('../../migrations/sync/', import.meta.url),
});
