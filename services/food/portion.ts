import {nutrientValues} from '@hearth/nutrition/nutrients.js';
import {itemId, label, name, note, quantity, reference} from '@hearth/records/fields.js';
import {z} from 'zod';

/** Nutrients of what was eaten, all of it. Those that only a newer app knows are kept. What is not known is absent, never 0. */
export const eatenNutrients = z.object(nutrientValues.shape).catchall(quantity);

/** A food within a meal or a plan. */
export const portion = z.looseObject({
	id: itemId.optional(),
	/** Of the food database, or of the library that the app had. */
	food_id: reference.optional(),
	name: name.optional(),
	quantity: quantity.optional(),
	unit: label.optional(),
	nutrients: eatenNutrients.optional(),
	notes: note.optional(),
});
