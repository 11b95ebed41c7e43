import {definePlugin} from '@hearth/host/plugin.js';
import {labelFailed, labelRead, pictureMoved} from './contract.js';
import {deletePicture, erasePictures} from './delete-picture.js';
import {sweepDoomed} from './doomed-objects.js';
import {openEngines, stateOfEngines} from './engines.js';
import {exportPictures} from './export-pictures.js';
import {cropOfField, getPicture} from './get-picture.js';
import {answerReading, getResult} from './get-result.js';
import {answerPictureState, getStatus} from './get-status.js';
import {readLabelJob, tellOfFailure} from './read-label.js';
import {defaultLanguages, ocrEngine, workers} from './settings.js';
import {answerShowToModerators} from './show-to-moderators.js';
import {answerExpectPicture, answerTakePicture} from './take-picture.js';
import {uploadPicture} from './upload-picture.js';

export default definePlugin({
	name: 'vision',
	summary: 'Photographs of nutrition labels, and what is read on them',
	settings: [workers, ocrEngine, defaultLanguages],
	routes: [uploadPicture, getStatus, getResult, getPicture, cropOfField, deletePicture],
	calls: [answerReading, answerShowToModerators, answerExpectPicture, answerTakePicture, answerPictureState],
	events: [labelRead, labelFailed, pictureMoved],
	subscriptions: [tellOfFailure],
	jobs: [readLabelJob],
	migrations: new URL('../../migrations/vision/', import.meta.url),
	start: async context => {
		await sweepDoomed(context);
		return openEngines(context);
	},
	health: stateOfEngines,
	exporters: [exportPictures],
	erasers: [erasePictures],
});
