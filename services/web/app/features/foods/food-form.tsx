import type {UseMutationResult} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import type {Food} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Card, Stack} from '../../design/layout.tsx';
import {ErrorNotice, Notice} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {NutrientFields} from '../labels/nutrient-fields.tsx';
import {BasisFields} from './basis-fields.tsx';
import {focusProblem} from './focus-problem.ts';
import {type FoodText, problemsOf} from './food-text.ts';
import {IdentityFields} from './identity-fields.tsx';
import {servingText} from './serving-text.ts';

/** A food as fields, without a picture beside it: a new one, or one to be corrected. */
export function FoodForm({
	text,
	known,
	onChange,
	submit,
	label,
}: {
	text: FoodText;
	/** As it is now; of a new food nothing but the basis. */
	known: Pick<Food, 'nutrients' | 'basis' | 'servings' | 'barcode'>;
	onChange: (edit: (before: FoodText) => FoodText) => void;
	submit: UseMutationResult<unknown, Error, void>;
	label: string;
}) {
	const [tried, setTried] = useState(false);
	const problems = problemsOf(text);
	const wrong = Object.keys(problems);

	const send = (event: FormEvent) => {
		event.preventDefault();
		setTried(true);
		if (wrong.length > 0) focusProblem(problems);
		else if (!submit.isPending) submit.mutate();
	};

	return (
		<form onSubmit={send} noValidate>
			<Stack>
				<Card title={messages.labels.identity}>
					<IdentityFields
						text={text}
						barcode={known.barcode ?? ''}
						onChange={onChange}
						problems={tried ? problems : {}}
					/>
				</Card>
				<Card title={messages.labels.values}>
					<BasisFields
						basis={text.basis ?? known.basis}
						serving={text.serving ?? servingText(known.servings)}
						onChange={onChange}
						problems={problems}
					/>
					<NutrientFields text={text} known={known.nutrients} onChange={onChange} problems={problems} />
				</Card>
				{tried && wrong.length > 0 && <Notice tone="bad">{messages.labels.fixFirst(wrong.length)}</Notice>}
				{submit.isError && <ErrorNotice error={submit.error} />}
				<Button type="submit" look="primary" icon="check" wide busy={submit.isPending && messages.action.sending}>
					{label}
				</Button>
			</Stack>
		</form>
	);
}
