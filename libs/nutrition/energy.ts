import type {NutrientValues} from './nutrients.js';

/** Kilojoules in a kilocalorie, by the definition of the thermochemical calorie. */
export const KJ_PER_KCAL = 4.184;

/** kcal per gram: Regulation (EU) No 1169/2011, Annex XIV. */
export const KCAL_PER_G = {fat: 9, alcohol: 7, protein: 4, carbohydrate: 4, polyols: 2.4, fiber: 2} as const;

/** Grams of salt in a gram of sodium: Regulation (EU) No 1169/2011, Annex I, point 11. */
export const SALT_PER_SODIUM = 2.5;

/** `available`: without fibre, as in Europe. `total`: with it, as in North America. */
export type CarbohydrateBasis = 'available' | 'total';

/**
 * Energy in kcal by Annex XIV from fat, carbohydrate and protein, which must all be known, and from alcohol, polyols and fibre where
 * they are. Null when it cannot be computed. Polyols are a part of the carbohydrate on either basis; fibre only of the total.
 */
export function energyOfMacros(nutrients: NutrientValues, carbohydrateBasis: CarbohydrateBasis): number | null {
	const {fat_g, carbohydrate_g, protein_g, alcohol_g = 0, polyols_g = 0, fiber_g = 0} = nutrients;
	if (fat_g === undefined || carbohydrate_g === undefined || protein_g === undefined) return null;
	const inside = polyols_g + (carbohydrateBasis === 'total' ? fiber_g : 0);
	return (
		KCAL_PER_G.fat * fat_g +
		KCAL_PER_G.protein * protein_g +
		KCAL_PER_G.alcohol * alcohol_g +
		KCAL_PER_G.carbohydrate * Math.max(0, carbohydrate_g - inside) +
		KCAL_PER_G.polyols * polyols_g +
		KCAL_PER_G.fiber * fiber_g
	);
}

/** The energy in kcal, from kJ where only that is known; null for neither. */
export function energyInKcal({energy_kcal, energy_kj}: NutrientValues): number | null {
	if (energy_kcal !== undefined) return energy_kcal;
	return energy_kj === undefined ? null : energy_kj / KJ_PER_KCAL;
}

/** The range of energies in kcal that the macros allow, whichever way the carbohydrate was counted; null when unknown. */
export function energyRangeOfMacros(
	nutrients: NutrientValues,
	carbohydrateBasis?: CarbohydrateBasis | null,
): {low: number; high: number} | null {
	const bases: CarbohydrateBasis[] = carbohydrateBasis ? [carbohydrateBasis] : ['available', 'total'];
	const energies = bases.map(basis => energyOfMacros(nutrients, basis)).filter(energy => energy !== null);
	return energies.length === 0 ? null : {low: Math.min(...energies), high: Math.max(...energies)};
}
