import {definePlugin} from '@hearth/host/plugin.js';
import {approveFood} from './approve-food.js';
import {autocompleteFoods} from './autocomplete.js';
import {foodApproved, foodCorrected, foodMerged, foodRejected} from './contract.js';
import {answerSubmitNewFood, createFood} from './create-food.js';
import {editFood} from './edit-food.js';
import {eraseFoods, exportFoods} from './export-and-erase.js';
import {exportFoodsToFile} from './export-foods.js';
import {addFavourite, listFavourites, removeFavourite} from './favourites.js';
import {fillInForFood, fillInNutrients} from './fill-in-nutrients.js';
import {foodFromLabel} from './food-from-label.js';
import {foodLogs} from './food-logs.js';
import {answerReadFood, getFood, getFoodByBarcode} from './get-food.js';
import {importFoods} from './import-foods.js';
import {listPopularFoods} from './list-popular-foods.js';
import {listQueue} from './list-queue.js';
import {answerNewestFoods, listRecentFoods} from './list-recent-foods.js';
import {loadStarterFoods, starterFoods} from './load-starter-foods.js';
import {barcodeLookup, barcodeLookupUrl} from './look-up-barcode.js';
import {mealLog} from './meal-log.js';
import {mealPlans} from './meal-plans.js';
import {meals} from './meals.js';
import {mergeFood} from './merge-food.js';
import {rankFoods, rankWhenDue} from './rank-foods.js';
import {rejectFood} from './reject-food.js';
import {answerFindFoods, searchFoods} from './search-foods.js';
import {syncPicture} from './sync-picture.js';

export default definePlugin({
	name: 'food',
	summary: 'The shared food database: search, foods from labels, moderation',
	settings: [starterFoods, barcodeLookup, barcodeLookupUrl],
	collections: [foodLogs, meals, mealLog, mealPlans],
	// A word such as `search` stands before the routes with an id in its place.
	routes: [
		searchFoods,
		autocompleteFoods,
		listPopularFoods,
		listRecentFoods,
		listFavourites,
		getFoodByBarcode,
		getFood,
		createFood,
		editFood,
		foodFromLabel,
		addFavourite,
		removeFavourite,
		listQueue,
		approveFood,
		rejectFood,
		mergeFood,
	],
	calls: [answerFindFoods, answerNewestFoods, answerReadFood, answerSubmitNewFood],
	events: [foodApproved, foodRejected, foodMerged, foodCorrected],
	subscriptions: [fillInNutrients],
	jobs: [syncPicture, fillInForFood, rankFoods],
	// The second name is that of the list of commands in the API's description.
	commands: [importFoods, {...importFoods, name: 'import'}, exportFoodsToFile],
	migrations: new URL('../../migrations/food/', import.meta.url),
	start: async context => {
		await loadStarterFoods(context);
		await rankWhenDue(context);
		return undefined;
	},
	exporters: [exportFoods],
	erasers: [eraseFoods],
	health: async ({db}) => {
		await db.many('select 1 from food.foods limit 1');
	},
});
