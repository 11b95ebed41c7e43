import {access} from 'node:fs/promises';
import {definePlugin} from '@hearth/host/plugin.js';
import {labelFailed, labelRead, pictureMoved} from './contract.js';
import {deletePicture, erasePictures} from './delete-picture.js';
import {sweepDoomed} from './doomed-objects.js';
import {openEngine} from './engines.js';
import {exportPictures} from './export-pictures.js';
import {cropOfField, getPicture} from './get-picture.js';
import {answerReading, getResult} from './get-result.js';
import {getStatus} from './get-status.js';
import {dataOf} from './languages.js';
import {readLabelJob, tellOfFailure} from './read-label.js';
import {defaultLanguages, workers} from './settings.js';
import {answerShowToModerators} from './show-to-moderators.js';
import {uploadPicture} from './upload-picture.js';

export default definePlugin({
	name: 'vision',
	summary: 'Photographs of nutrition labels, and what is read on them',
	settings: [workers, defaultLanguages],
	routes: [uploadPicture, getStatus, getResult, getPicture, cropOfField, deletePicture],
	calls: [answerReading, answerShowToModerators],
	events: [labelRead, labelFailed, pictureMoved],
	subscriptions: [tellOfFailure],
	jobs: [readLabelJob],
	migrations: new URL('../../migrations/vision/', import.meta.url),
	start: async context => {
		await sweepDoomed(context);
		return openEngine(context);
	},
	// Whether it can read: the data of the languages is there. Whether it does read is what the jobs tell.
	health: async ({settings}) => {
		for (const language of settings.get(defaultLanguages)) await access(dataOf(language));
	},
	exporters: [exportPictures],
	erasers: [erasePictures],
});
