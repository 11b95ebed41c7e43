import {type Context, respond, route} from '@hearth/host/plugin.js';
import {shelfOf} from './catalogue.js';
import {type NutritionRequest, nutritionRequest, recommendation, recommendNutrition} from './contract.js';
import {nutrients} from './nutrients.js';
import {nutritionTemplates} from './nutrition-templates.js';
import {nutrientFacts} from './recommend/doses.js';
import {chooseNutrition} from './recommend/nutrition.js';
import {supplements} from './supplements.js';

async function choose(request: NutritionRequest, context: Context) {
	const [templates, offered, known] = await Promise.all(
		[nutritionTemplates, supplements, nutrients].map(library => shelfOf(context, library)),
	);
	return chooseNutrition(request, {
		templates: templates?.entries ?? [],
		supplements: offered?.entries ?? [],
		nutrients: nutrientFacts(known?.entries ?? [], nutrients.starter().entries),
	});
}

export const recommendNutritionRoute = route('POST', '/api/v1/recommendations/nutrition', {
	summary:
		'Ways to eat, amounts for a day and supplements that suit somebody, with the rules and inputs that led to each',
	role: 'member',
	body: nutritionRequest,
	data: recommendation,
	handle: ({body}, context) => choose(body, context),
});

export const answerRecommendNutrition = respond(recommendNutrition, choose);
