import {useMutation, useQuery, useQueryClient} from '@tanstack/react-query';
import {useLocation} from 'wouter';
import {calls, mayModerate} from '../../api/calls.ts';
import {session} from '../../api/session.ts';
import type {Food} from '../../api/types.ts';
import {Page, Soft} from '../../design/layout.tsx';
import {ErrorNotice, Loading} from '../../design/notice.tsx';
import {say} from '../../design/toast.tsx';
import {useKept} from '../../kept.ts';
import {messages} from '../../messages.ts';
import {editsOf} from './food-edits.ts';
import {FoodForm} from './food-form.tsx';
import {type FoodText, NO_TEXT} from './food-text.ts';

const m = messages.foods;

/** Its author changes a food that waits, a moderator any; everybody else suggests. */
export default function EditFoodPage({id}: {id: string}) {
	const food = useQuery({queryKey: ['foods', id], queryFn: ({signal}) => calls.food(id, signal)});
	const {user} = session.use();
	const direct = mayModerate(user?.role) || (food.data?.status === 'pending' && food.data.created_by === user?.id);
	return (
		<Page title={direct ? m.editTitle : m.suggestTitle} back={`/foods/${id}`}>
			{!direct && <Soft>{m.suggestText}</Soft>}
			{food.isPending ? (
				<Loading />
			) : food.isError ? (
				<ErrorNotice error={food.error} onRetry={() => void food.refetch()} />
			) : (
				<Edit food={food.data} />
			)}
		</Page>
	);
}

function Edit({food}: {food: Food}) {
	const [, go] = useLocation();
	const queries = useQueryClient();
	const [text, change, forget] = useKept<FoodText>(`edit-food:${session.get().user?.id}:${food.id}`, {
		...NO_TEXT,
		name: food.name,
		brand: food.brand ?? '',
	});
	const save = useMutation({
		mutationFn: () => calls.editFood(food.id, editsOf(food, text)),
		onSuccess: answer => {
			forget();
			if ('proposal_id' in answer) say(m.suggested);
			else {
				say(m.saved);
				queries.setQueryData(['foods', food.id], answer);
			}
			void queries.invalidateQueries({queryKey: ['foods']});
			void queries.invalidateQueries({queryKey: ['queue']});
			go(`/foods/${food.id}`, {replace: true});
		},
	});
	return <FoodForm text={text} known={food} onChange={change} submit={save} label={messages.action.save} />;
}
