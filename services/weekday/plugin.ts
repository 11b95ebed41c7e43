import {definePlugin} from '@hearth/host/plugin.js';
import {logIn, refresh, register, verifyEmail} from './accounts.js';
import {exportState} from './export-state.js';
import {importState} from './import-state.js';
import {nutritionFor, programsFor, searchLibrary} from './library.js';
import {listConflicts} from './list-conflicts.js';
import {pullChanges} from './pull-changes.js';
import {pushMutations} from './push-mutations.js';

export default definePlugin({
	name: 'weekday',
	summary: 'Dialect: schedule, supplements, meals, workouts and logs of the weekday app',
	dialect: {at: '/compat/weekday', error: ({code, message, details}) => ({error: {code, message, details}})},
	routes: [
		register,
		logIn,
		refresh,
		verifyEmail,
		pullChanges,
		pushMutations,
		listConflicts,
		exportState,
		importState,
		searchLibrary,
		programsFor,
		nutritionFor,
	],
});
