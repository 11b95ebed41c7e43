import {notFound} from '@hearth/host/errors.js';
import {respond, route} from '@hearth/host/plugin.js';
import {z} from 'zod';
import {food, readFood} from './contract.js';
import {gtinOf} from './describe-food.js';
import {lookUpBarcode} from './look-up-barcode.js';
import {findFoodByGtin} from './search-foods.js';
import {getVisibleFood} from './visible-foods.js';

export const getFood = route('GET', '/api/v1/foods/:id', {
	summary: 'One food; the id of a food that was merged answers the one it became',
	role: 'member',
	params: z.object({id: z.uuid()}),
	data: food,
	handle: ({params, user}, {db}) => getVisibleFood(db, user, params.id),
});

export const answerReadFood = respond(readFood, ({user, id}, {db}) => getVisibleFood(db, user, id));

export const getFoodByBarcode = route('GET', '/api/v1/foods/barcode/:gtin', {
	summary: 'The food with this barcode: the verified one, else a pending one of one’s household',
	role: 'member',
	params: z.object({gtin: z.string().max(40)}),
	data: food,
	handle: async ({params, user}, context) => {
		const gtin = gtinOf(params.gtin);
		let found = await findFoodByGtin(context.db, gtin, user);
		if (found === null && (await lookUpBarcode(gtin, context))) found = await findFoodByGtin(context.db, gtin, user);
		if (found === null) throw notFound('food with this barcode');
		return found;
	},
});
