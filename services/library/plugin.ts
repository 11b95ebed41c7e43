import {definePlugin} from '@hearth/host/plugin.js';
import {correctLibrary} from './correct-library.js';
import {answerSearch, readLibrary} from './read-library.js';
import {answerRecommendNutrition, recommendNutritionRoute} from './recommend-nutrition.js';
import {answerRecommendPrograms, recommendProgramsRoute} from './recommend-programs.js';

export default definePlugin({
	name: 'library',
	summary: 'Libraries of exercises, supplements, nutrients, programs and ways to eat, and recommendations that say why',
	routes: [...readLibrary, ...correctLibrary, recommendProgramsRoute, recommendNutritionRoute],
	calls: [answerSearch, answerRecommendPrograms, answerRecommendNutrition],
	migrations: new URL('../../migrations/library/', import.meta.url),
	health: async ({db}) => {
		await db.many('select 1 from library.revisions limit 1');
	},
});
