import {useMutation, useQueryClient} from '@tanstack/react-query';
import {type FormEvent, useEffect, useRef, useState} from 'react';
import {useLocation} from 'wouter';
import {calls} from '../../api/calls.ts';
import type {Reading} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {Card, Soft, Stack} from '../../design/layout.tsx';
import {ErrorNotice, Notice} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {BasisFields} from '../foods/basis-fields.tsx';
import {focusProblem} from '../foods/focus-problem.ts';
import {correctionsOf, type FoodText, NO_TEXT, printedBarcode, problemsOf} from '../foods/food-text.ts';
import {IdentityFields} from '../foods/identity-fields.tsx';
import {servingsOf} from '../foods/serving-text.ts';
import {doubtfulOnes} from './confidence.ts';
import {type Draft, drafts} from './drafts.ts';
import styles from './label-page.module.css';
import {focusNextDoubt, NutrientFields} from './nutrient-fields.tsx';
import {readAs, servingOf} from './read-as.ts';
import {sent} from './sent.ts';

const m = messages.labels;

interface Props {
	draft: Draft;
	text: FoodText;
	/** Null while the label is being read: what it is can be typed meanwhile. */
	reading: Reading | null;
	/** The label could not be read: the values are typed beside the picture. */
	failed: boolean;
	onActive: (field: string | null) => void;
}

export function LabelForm({draft, text, reading, failed, onActive}: Props) {
	const [, go] = useLocation();
	const queries = useQueryClient();
	const [tried, setTried] = useState(false);
	const [asking, setAsking] = useState(false);
	const summary = useRef<HTMLDivElement>(null);
	const label = readAs(reading, text.basis);
	const known = label.fields;
	const serving = text.serving ?? servingOf(reading);
	const problems = problemsOf(text);
	const wrong = Object.keys(problems);
	const doubts = reading ? doubtfulOnes(text, known, label.confidence) : [];

	const change = (edit: (before: FoodText) => FoodText) =>
		drafts.change(draft.id, {typed: edit(drafts.get(draft.id)?.typed ?? NO_TEXT)});

	const submit = useMutation({
		mutationFn: async () => {
			if (draft.image_id === null) throw new Error('The picture has not been sent');
			const barcode = text.barcode ?? printedBarcode(reading?.barcode ?? null);
			return calls.foodFromLabel(draft.image_id, {
				id: draft.id,
				name: text.name.trim(),
				brand: text.brand.trim() || null,
				barcode: barcode.trim() || null,
				basis: label.basis,
				...((label.basis === 'serving' || text.serving !== null) && {servings: servingsOf(serving)}),
				corrections: correctionsOf(text, known),
			});
		},
		onSuccess: food => {
			sent.add(food.id);
			queries.setQueryData(['foods', food.id], food);
			void queries.invalidateQueries({queryKey: ['foods', 'search']});
			void queries.invalidateQueries({queryKey: ['queue']});
			go(`/foods/${food.id}`, {replace: true});
			drafts.remove(draft.id);
		},
	});

	const send = (event: FormEvent) => {
		event.preventDefault();
		setTried(true);
		if (wrong.length > 0) focusProblem(problems);
		else if (doubts.length > 0) setAsking(true);
		else if (!submit.isPending) submit.mutate();
	};

	// Read out once, and brought into sight, when the values arrive.
	const wasRead = reading !== null;
	useEffect(() => {
		if (wasRead) summary.current?.scrollIntoView({block: 'nearest'});
	}, [wasRead]);

	const ready = reading !== null || failed;
	const nothing = reading !== null && Object.keys(known).length === 0;
	const general = reading?.warnings.filter(
		({fields}) => !fields.some(field => known[field as keyof typeof known] !== undefined),
	);

	return (
		<form onSubmit={send} noValidate>
			<Stack>
				<div role="status" ref={summary} className={reading === null ? styles.silent : undefined}>
					{reading !== null &&
						(nothing ? (
							<Notice tone="warn">{m.nothingRead}</Notice>
						) : doubts.length > 0 ? (
							<Notice
								tone="warn"
								title={m.toCheck(doubts.length)}
								action={<Button onClick={() => focusNextDoubt()}>{m.check}</Button>}
							>
								<p>{m.toCheckText}</p>
							</Notice>
						) : (
							<Notice tone="good">{text.checked.length > 0 ? m.allChecked : m.done}</Notice>
						))}
				</div>
				<Card title={m.identity}>
					{!ready && <Soft>{m.whileReading}</Soft>}
					<IdentityFields
						text={text}
						barcode={printedBarcode(reading?.barcode ?? null)}
						onChange={change}
						problems={tried ? problems : {}}
					/>
				</Card>
				{ready && (
					<Card title={m.values}>
						<BasisFields basis={label.basis} serving={serving} onChange={change} problems={problems} />
						{general?.map(({code, message}) => (
							<Notice key={code} tone="warn">
								{message}
							</Notice>
						))}
						<NutrientFields
							text={text}
							known={known}
							onChange={change}
							problems={problems}
							confidence={label.confidence}
							warnings={reading?.warnings ?? []}
							onFocus={onActive}
						/>
					</Card>
				)}
				{tried && wrong.length > 0 && <Notice tone="bad">{m.fixFirst(wrong.length)}</Notice>}
				{submit.isError && <ErrorNotice error={submit.error} />}
				{ready && (
					<div className={styles.submit}>
						<Button type="submit" look="primary" icon="check" wide busy={submit.isPending && m.submitting}>
							{m.submit}
						</Button>
					</div>
				)}
			</Stack>
			{asking && (
				<Dialog
					title={m.uncheckedTitle(doubts.length)}
					onClose={() => setAsking(false)}
					cancel={m.check}
					onCancel={() => focusNextDoubt()}
					actions={
						<Button
							look="primary"
							onClick={() => {
								setAsking(false);
								submit.mutate();
							}}
						>
							{m.sendAnyway}
						</Button>
					}
				>
					<p>{m.uncheckedText}</p>
				</Dialog>
			)}
		</form>
	);
}
