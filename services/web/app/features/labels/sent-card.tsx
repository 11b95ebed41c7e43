import {useQueries} from '@tanstack/react-query';
import {useState} from 'react';
import {calls} from '../../api/calls.ts';
import {Card} from '../../design/layout.tsx';
import {messages} from '../../messages.ts';
import {FoodList} from '../foods/food-list.tsx';
import {sent} from './sent.ts';

/** What became of the last foods that were sent from here. One that can no longer be had is left out. */
export function SentCard() {
	const [ids] = useState(sent.list);
	const foods = useQueries({
		queries: ids.map(id => ({
			queryKey: ['foods', id],
			queryFn: ({signal}: {signal: AbortSignal}) => calls.food(id, signal),
		})),
		combine: results => results.map(({data}) => data).filter(food => food !== undefined),
	});
	if (foods.length === 0) return null;
	return (
		<Card title={messages.labels.sentBefore}>
			<FoodList foods={foods} everyStatus />
		</Card>
	);
}
