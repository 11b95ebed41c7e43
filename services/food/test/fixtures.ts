import type {User} from '@hearth/host/plugin.js';
import {aHouse, type HouseOptions, type Person, type TestHouse} from '@hearth/host/testing.js';
import type {ExecutionContext} from 'ava';
import type {Food} from '../contract.js';
import food from '../plugin.js';

/** What a builder is not told. */
const OAT_DRINK = {
	name: 'Oat drink',
	basis: '100ml',
	nutrients: {energy_kcal: 46, fat_g: 1.5, carbohydrate_g: 6.7, sugars_g: 4, protein_g: 1, salt_g: 0.1},
};

/** As JSON has it. */
export type FoodJson = Omit<Food, 'verified_at' | 'created_at' | 'updated_at'> & {
	verified_at: string | null;
	created_at: string;
	updated_at: string;
};

interface Standing {
	by?: Person;
	status?: 'pending' | 'verified' | 'rejected';
}

export interface FoodHouse extends TestHouse {
	moderator: Person;
	/** A food of `by`, or of somebody else; verified by the moderator unless told otherwise. */
	aFood(said?: Record<string, unknown>, options?: Standing): Promise<FoodJson>;
	/** Names found, in order. */
	found(q: string, as: Person): Promise<string[]>;
}

/** A house with food, without starter foods, and people for it. */
export async function aFoodHouse(
	t: ExecutionContext<unknown>,
	{plugins = [], settings = {}, ...options}: Partial<HouseOptions> = {},
): Promise<FoodHouse> {
	const house = await aHouse(t, {
		...options,
		plugins: [food, ...plugins],
		settings: {HEARTH_STARTER_FOODS: 'off', ...settings},
	});
	const moderator = await house.person('moderator' satisfies User['role']);
	return Object.assign(house, {
		moderator,
		async aFood(said: Record<string, unknown> = {}, {by, status = 'verified'}: Standing = {}): Promise<FoodJson> {
			const author = by ?? (await house.person());
			const made = await house.post('/api/v1/foods', {...OAT_DRINK, ...said}, author);
			if (made.status !== 201) throw new Error(`The food was refused: ${made.body.toString()}`);
			if (status === 'pending') return made.data;
			const [decision, body] = status === 'verified' ? ['approve', {}] : ['reject', {reason: 'Not a food.'}];
			return (await house.post(`/api/v1/admin/foods/${made.data.id}/${decision}`, body, moderator)).data;
		},
		async found(q: string, as: Person): Promise<string[]> {
			const answer = await house.get(`/api/v1/foods/search?q=${encodeURIComponent(q)}`, as);
			if (answer.status !== 200) throw new Error(`The search was refused: ${answer.body.toString()}`);
			return answer.data.map((one: FoodJson) => one.name);
		},
	});
}
