import {useMutation, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {useLocation} from 'wouter';
import {calls} from '../../api/calls.ts';
import {session} from '../../api/session.ts';
import {Page, Soft} from '../../design/layout.tsx';
import {useKept} from '../../kept.ts';
import {messages} from '../../messages.ts';
import {newId} from '../../new-id.ts';
import {sent} from '../labels/sent.ts';
import {FoodForm} from './food-form.tsx';
import {NO_TEXT, valuesOf} from './food-text.ts';
import {servingsOf, servingText} from './serving-text.ts';

const NOTHING = {nutrients: {}, basis: '100g', servings: [], barcode: null} as const;

/** A food without a picture: everything is typed. */
export default function NewFoodPage() {
	const [, go] = useLocation();
	const queries = useQueryClient();
	const [text, change, forget] = useKept(`new-food:${session.get().user?.id}`, NO_TEXT);
	// The id comes from here, so that sending it again after a lost answer makes no second food.
	const [id] = useState(newId);
	const create = useMutation({
		mutationFn: () => {
			const basis = text.basis ?? NOTHING.basis;
			return calls.createFood({
				id,
				name: text.name.trim(),
				brand: text.brand.trim() || null,
				barcode: text.barcode?.trim() || null,
				basis,
				servings: basis === 'serving' ? servingsOf(text.serving ?? servingText([])) : [],
				nutrients: valuesOf(text, {}),
			});
		},
		onSuccess: food => {
			forget();
			sent.add(food.id);
			queries.setQueryData(['foods', food.id], food);
			void queries.invalidateQueries({queryKey: ['foods', 'search']});
			void queries.invalidateQueries({queryKey: ['queue']});
			go(`/foods/${food.id}`, {replace: true});
		},
	});
	return (
		<Page title={messages.foods.newTitle} back="/labels">
			<Soft>{messages.foods.newText}</Soft>
			<FoodForm
				text={text}
				known={{...NOTHING, servings: []}}
				onChange={change}
				submit={create}
				label={messages.labels.submit}
			/>
		</Page>
	);
}
