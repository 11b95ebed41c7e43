import {definePlugin} from '@hearth/host/plugin.js';
import {ack} from './ack.js';
import {checksum} from './checksum.js';
import {collectionRoutes} from './collection-routes.js';
import {compactTombstones, scheduleCompaction} from './compact-tombstones.js';
import {answerDeviceStates, forgetDevice} from './devices.js';
import {exportRecords} from './export.js';
import {eraseSpace, exportSpace} from './export-and-erase.js';
import {importRecords} from './import.js';
import {listSnapshots, restoreSnapshot} from './kept-snapshots.js';
import {listConflicts} from './list-conflicts.js';
import {live, tellOfPictures, tellOfRecords, tellOfRevocation} from './live.js';
import {pull} from './pull.js';
import {push} from './push.js';
import {resolveConflict} from './resolve-conflict.js';
import {tombstoneDays} from './settings.js';
import {forgetSyncState} from './sync-enabled.js';

export default definePlugin({
	name: 'sync',
	summary: 'The records of people: sync between their devices, and REST routes of every collection',
	settings: [tombstoneDays],
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
	jobs: [compactTombstones],
	migrations: new URL('../../migrations/sync/', import.meta.url),
	start: scheduleCompaction,
	health: async ({db}) => {
		await db.many('select 1 from sync.upkeep limit 1');
	},
	exporters: [exportSpace],
	erasers: [eraseSpace],
});
