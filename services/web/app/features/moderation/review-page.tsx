import {useMutation, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {Link, useLocation} from 'wouter';
import {calls} from '../../api/calls.ts';
import type {Food, QueueItem} from '../../api/types.ts';
import {Button, LinkButton} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {Badge, Card, Page, Soft, Stack} from '../../design/layout.tsx';
import {ago} from '../../design/moment.ts';
import {Empty, ErrorNotice, Loading, Notice} from '../../design/notice.tsx';
import {say} from '../../design/toast.tsx';
import {useKept} from '../../kept.ts';
import {messages} from '../../messages.ts';
import {BasisFields} from '../foods/basis-fields.tsx';
import {focusProblem} from '../foods/focus-problem.ts';
import {editsOf} from '../foods/food-edits.ts';
import {type FoodText, NO_TEXT, problemsOf} from '../foods/food-text.ts';
import {IdentityFields} from '../foods/identity-fields.tsx';
import {servingText} from '../foods/serving-text.ts';
import labelStyles from '../labels/label-page.module.css';
import {LabelPicture} from '../labels/label-picture.tsx';
import {inputId, NutrientFields} from '../labels/nutrient-fields.tsx';
import {usePicture} from '../labels/use-picture.ts';
import {ComparedValues} from './compared-values.tsx';
import {keyOf, useQueue} from './queue.ts';
import {RejectDialog} from './reject-dialog.tsx';
import styles from './review-page.module.css';

const m = messages.queue;

/** One food that waits: the picture beside what was read and what was sent, and the decision. */
export default function ReviewPage({item: id}: {item: string}) {
	const queue = useQueue();
	const at = queue.items.findIndex(item => keyOf(item) === id);
	const waiting = queue.items[at];
	if (waiting !== undefined) {
		const next = queue.items[at + 1] ?? queue.items.find(other => other !== waiting);
		return <Review key={id} item={waiting} next={next === undefined ? null : keyOf(next)} />;
	}
	return (
		<Page title={m.title} back="/queue">
			{queue.isPending || queue.isFetching ? (
				<Loading />
			) : queue.isError ? (
				<ErrorNotice error={queue.error} onRetry={() => void queue.refetch()} />
			) : (
				<Empty icon="check" title={m.gone.title} action={<LinkButton href="/queue">{m.gone.back}</LinkButton>}>
					{m.gone.text}
				</Empty>
			)}
		</Page>
	);
}

function Review({item, next}: {item: QueueItem; next: string | null}) {
	const {image, kind, submitted_by, submitted_at, extracted, flags, duplicates} = item;
	const id = keyOf(item);
	// Of an edit the food as it would be; what the moderator corrects is corrected in that.
	const food: Food = {...item.food, ...(item.proposed as Partial<Food> | undefined)};
	const picture = usePicture(null, image?.id ?? null);
	const [active, setActive] = useState<string | null>(null);
	const [asking, setAsking] = useState<'reject' | Food | null>(null);
	const [correcting, setCorrecting] = useState(false);
	const [text, change, forget] = useKept<FoodText>(`review:${id}`, {
		...NO_TEXT,
		name: food.name,
		brand: food.brand ?? '',
	});
	const problems = problemsOf(text);
	const decide = useDecision(() => forget(), next);

	const approve = () => {
		if (correcting && Object.keys(problems).length > 0) return focusProblem(problems);
		if (!decide.isPending) decide.mutate({approve: id, name: food.name, edits: correcting ? editsOf(food, text) : {}});
	};

	return (
		<Page title={food.name} back="/queue" wide>
			<div className={image ? labelStyles.work : undefined}>
				{image && (
					<div className={labelStyles.picture}>
						{picture.url ? (
							<LabelPicture
								url={picture.url}
								alt={messages.labels.pictureOf(food.name)}
								boxes={image.boxes ?? {}}
								active={active}
								marked={new Set(Object.keys(item.corrections ?? {}))}
								onPick={field => (correcting ? document.getElementById(inputId(field))?.focus() : setActive(field))}
							/>
						) : (
							picture.gone && <Notice>{messages.labels.pictureGone}</Notice>
						)}
					</div>
				)}
				<div className={labelStyles.side}>
					<Stack>
						<p className={styles.who}>
							<Badge>{kind === 'edit' ? m.edit : m.newFood}</Badge>
							<span>{m.by(submitted_by?.name ?? m.someone, ago(submitted_at))}</span>
						</p>
						{!image && <Soft>{m.noPicture}</Soft>}
						{flags.length > 0 ? (
							<Notice tone="warn" title={messages.foods.flags}>
								<ul>
									{flags.map(({code, message}) => (
										<li key={code}>{message}</li>
									))}
								</ul>
							</Notice>
						) : (
							<Notice tone="good">{m.flagsNone}</Notice>
						)}
						{duplicates.length > 0 && (
							<Card title={m.duplicates}>
								<ul className={styles.duplicates}>
									{duplicates.map(({food: other, why}) => (
										<li key={other.id}>
											<span>
												<Link href={`/foods/${other.id}`}>{other.name}</Link>
												{other.brand && `, ${other.brand}`}
												<small>{why}</small>
											</span>
											{kind === 'new' && other.status === 'verified' && (
												<Button onClick={() => setAsking(other)}>{m.merge}</Button>
											)}
										</li>
									))}
								</ul>
							</Card>
						)}
						{correcting ? (
							<Card title={m.correct}>
								<IdentityFields text={text} barcode={food.barcode ?? ''} onChange={change} problems={problems} />
								<BasisFields
									basis={text.basis ?? food.basis}
									serving={text.serving ?? servingText(food.servings)}
									onChange={change}
									problems={problems}
								/>
								<NutrientFields
									text={text}
									known={food.nutrients}
									onChange={change}
									problems={problems}
									onFocus={setActive}
								/>
							</Card>
						) : (
							<Card title={messages.labels.values}>
								<ComparedValues
									before={kind === 'edit' ? item.food.nutrients : extracted}
									beforeTitle={kind === 'edit' ? m.before : m.read}
									food={food}
									was={kind === 'edit' ? item.food : null}
									active={active}
									onActive={setActive}
								/>
								<Button icon="pencil" onClick={() => setCorrecting(true)}>
									{m.correct}
								</Button>
							</Card>
						)}
						{decide.isError && <ErrorNotice error={decide.error} />}
						<div className={labelStyles.submit}>
							<div className={styles.decision}>
								<Button look="danger" icon="close" onClick={() => setAsking('reject')}>
									{m.reject}
								</Button>
								<Button look="primary" icon="check" busy={decide.isPending && m.approving} onClick={approve}>
									{m.approve}
								</Button>
							</div>
						</div>
					</Stack>
				</div>
			</div>
			{asking === 'reject' ? (
				<RejectDialog
					author={submitted_by?.name ?? m.someone}
					onClose={() => setAsking(null)}
					onReject={reason => {
						setAsking(null);
						decide.mutate({reject: id, name: food.name, reason});
					}}
				/>
			) : (
				asking && (
					<Dialog
						title={m.merge}
						onClose={() => setAsking(null)}
						actions={
							<Button
								look="primary"
								onClick={() => {
									setAsking(null);
									decide.mutate({merge: id, name: asking.name, into: asking.id});
								}}
							>
								{m.merge}
							</Button>
						}
					>
						<p>{m.mergeAsk(asking.name)}</p>
					</Dialog>
				)
			)}
		</Page>
	);
}

type Decision = {name: string} & (
	| {approve: string; edits: ReturnType<typeof editsOf>}
	| {reject: string; reason: string}
	| {merge: string; into: string}
);

/** Decides, says so, and goes on with the next. What somebody else decided meanwhile is the server's 409, shown as it comes. */
function useDecision(onDone: () => void, next: string | null) {
	const [, go] = useLocation();
	const queries = useQueryClient();
	return useMutation({
		mutationFn: (decision: Decision) =>
			'approve' in decision
				? calls.approveFood(decision.approve, decision.edits)
				: 'reject' in decision
					? calls.rejectFood(decision.reject, decision.reason)
					: calls.mergeFood(decision.merge, decision.into),
		onSuccess: (_, decision) => {
			onDone();
			const said = 'approve' in decision ? m.approved : 'reject' in decision ? m.rejected : m.merged;
			say(said(decision.name));
			go(next === null ? '/queue' : `/queue/${next}`, {replace: true});
			void queries.invalidateQueries({queryKey: ['foods']});
		},
		onSettled: () => queries.invalidateQueries({queryKey: ['queue']}),
	});
}
