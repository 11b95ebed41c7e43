import {isNutrient} from '../../nutrients.ts';
import {inputId} from '../labels/nutrient-fields.tsx';
import type {Problems} from './food-text.ts';

/** Leads to the first field that keeps the food from being sent. */
export function focusProblem(problems: Problems) {
	const [first] = Object.keys(problems);
	if (first !== undefined) document.getElementById(isNutrient(first) ? inputId(first) : `food-${first}`)?.focus();
}
