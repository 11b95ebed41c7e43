import food from '@hearth/food/plugin.js';
import {aHouse, type HouseOptions, type Person, type TestAnswer} from '@hearth/host/testing.js';
import type {ExecutionContext} from 'ava';
import library from '../plugin.js';

/** A house with the libraries and, for `foods`, the food plugin. */
export async function aLibraryHouse(t: ExecutionContext<unknown>, options: Partial<HouseOptions> = {}) {
	const house = await aHouse(t, {plugins: [library], ...options});
	const reader = await house.person();
	return {
		...house,
		reader,
		/** The names of what is found, in their order. */
		async found(path: string, as: Person = reader): Promise<string[]> {
			return namesOf(await house.get(`/api/v1/library/${path}`, as));
		},
		/** All pages of a list, put together. */
		async allPages(path: string, as: Person = reader): Promise<{id: string; name: string}[]> {
			const entries: {id: string; name: string}[] = [];
			let cursor = '';
			do {
				const answer = await house.get(`/api/v1/library/${path}${cursor && `&cursor=${cursor}`}`, as);
				entries.push(...answer.data);
				cursor = answer.meta?.next_cursor ?? '';
			} while (cursor !== '');
			return entries;
		},
		async recommend(what: 'programs' | 'nutrition', body: unknown) {
			return house.post(`/api/v1/recommendations/${what}`, body, reader);
		},
	};
}

export const namesOf = (answer: TestAnswer): string[] => {
	if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body.toString('utf8')}`);
	return answer.data.map(({name}: {name: string}) => name);
};

export const plugins = [library, food];
