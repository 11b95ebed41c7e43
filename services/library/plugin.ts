import {definePlugin} from '@hearth/host/plugin.js';
import {shelfOf} from './catalogue.js';
import {correctLibrary} from './correct-library.js';
import {LIBRARY_LIST} from './libraries.js';
import {answerSearch, readLibrary} from './read-library.js';
import {answerRecommendNutrition, recommendNutritionRoute} from './recommend-nutrition.js';
import {answerRecommendPrograms, recommendProgramsRoute} from './recommend-programs.js';

export default definePlugin({
	name: 'library',
	summary: 'Libraries of exercises, supplements, nutrients, programs and ways to eat, and recommendations that say why',
	routes: [...readLibrary, ...correctLibrary, recommendProgramsRoute, recommendNutritionRoute],
	calls: [answerSearch, answerRecommendPrograms, answerRecommendNutrition],
	migrations: new URL('../../migrations/library/', import.meta.url),
	start: async context => {
		// Read before the first request waits for it.
		await Promise.all(LIBRARY_LIST.map(library => shelfOf(context, library)));
		return undefined;
	},
	health: async ({db}) => {
		await db.many('select 1 from library.revisions limit 1');
	},
});
