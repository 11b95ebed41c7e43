import {definePlugin} from '@hearth/host/plugin.js';
import {changeMe, getMe, logIn, logOut, refresh, register} from './accounts.js';
import {failed} from './envelope.js';
import {foodLogRoutes} from './food-logs.js';
import {createFood, getFood, listRecentFoods, searchFoods} from './foods.js';
import {health, ready} from './health.js';
import {getImageResult, getImageStatus, uploadImage} from './images.js';
import {notHereRoutes} from './not-here.js';
import {recordRoutes} from './record-routes.js';
import {syncRecords} from './sync-records.js';

export default definePlugin({
	name: 'modi',
	summary: 'Dialect: workouts, weights, foods and food logs of the modi API',
	dialect: {at: '/compat/modi', error: failed},
	routes: [
		register,
		logIn,
		refresh,
		logOut,
		getMe,
		changeMe,
		...syncRecords,
		...recordRoutes,
		searchFoods,
		listRecentFoods,
		getFood,
		createFood,
		...foodLogRoutes,
		uploadImage,
		getImageStatus,
		getImageResult,
		...notHereRoutes,
		health,
		ready,
	],
});
