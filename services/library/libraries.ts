import type {LibraryName} from './contract.js';
import {exercises} from './exercises.js';
import type {Library} from './library.js';
import {nutrients} from './nutrients.js';
import {nutritionTemplates} from './nutrition-templates.js';
import {programs} from './programs.js';
import {recommendationRules} from './recommendation-rules.js';
import {settingsOptions} from './settings-options.js';
import {supplements} from './supplements.js';

/** All but the foods, which are the food plugin's. */
export const LIBRARY_LIST: readonly Library[] = [
	supplements,
	nutrients,
	exercises,
	programs,
	nutritionTemplates,
	recommendationRules,
	settingsOptions,
];

export function libraryNamed(name: Exclude<LibraryName, 'foods'>): Library {
	const found = LIBRARY_LIST.find(library => library.name === name);
	if (found === undefined) throw new Error(`There is no library ${name}`);
	return found;
}
