import {useMutation, useQuery, useQueryClient} from '@tanstack/react-query';
import {calls, mayModerate} from '../../api/calls.ts';
import {session} from '../../api/session.ts';
import type {Food} from '../../api/types.ts';
import {IconButton, LinkButton} from '../../design/button.tsx';
import {Card, Page, Row, Stack} from '../../design/layout.tsx';
import {dateOf} from '../../design/moment.ts';
import {ErrorNotice, Loading, Notice} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {formatNumber} from '../../numbers.ts';
import {usePicture} from '../labels/use-picture.ts';
import {StatusBadge} from './food-list.tsx';
import styles from './food-page.module.css';
import {NutritionTable} from './nutrition-table.tsx';

const m = messages.foods;

export default function FoodPage({id}: {id: string}) {
	const food = useQuery({queryKey: ['foods', id], queryFn: ({signal}) => calls.food(id, signal)});
	if (food.isPending) {
		return (
			<Page title={m.title} back="/">
				<Loading />
			</Page>
		);
	}
	if (food.isError) {
		return (
			<Page title={m.title} back="/">
				<ErrorNotice
					error={food.error}
					onRetry={() => void food.refetch()}
					action={<LinkButton href="/">{messages.app.nowhere.home}</LinkButton>}
				/>
			</Page>
		);
	}
	return <Shown food={food.data} />;
}

function Shown({food}: {food: Food}) {
	const {user} = session.use();
	const own = user !== null && food.created_by === user.id;
	const direct = mayModerate(user?.role) || (own && food.status === 'pending');
	return (
		<Page title={food.name} back="/" wide actions={<Favourite id={food.id} />}>
			<div className={styles.line}>
				<StatusBadge status={food.status} />
				{food.brand && <span>{food.brand}</span>}
			</div>
			{food.status === 'pending' && own && (
				<Notice
					tone="good"
					title={messages.labels.sentTitle}
					action={
						<>
							<LinkButton href="/labels" icon="camera">
								{messages.labels.sentNext}
							</LinkButton>
							{mayModerate(user?.role) && <LinkButton href="/queue">{messages.queue.title}</LinkButton>}
						</>
					}
				>
					<p>{messages.labels.sentText(food.name)}</p>
				</Notice>
			)}
			{food.rejection && (
				<Notice tone="bad" title={m.status.rejected}>
					<p>{food.rejection.reason}</p>
				</Notice>
			)}
			<div className={styles.columns}>
				<Stack>
					<Card title={m.nutrition}>
						<NutritionTable food={food} />
					</Card>
					{food.flags.length > 0 && (
						<Notice tone="warn" title={m.flags}>
							<ul>
								{food.flags.map(({code, message}) => (
									<li key={code}>{message}</li>
								))}
							</ul>
						</Notice>
					)}
				</Stack>
				<Stack>
					<Card title={m.details}>
						<Details food={food} />
						<Row>
							<LinkButton href={`/foods/${food.id}/edit`} icon="pencil">
								{direct ? m.edit : m.suggest}
							</LinkButton>
						</Row>
					</Card>
					{food.image_id && <LabelOf food={food} imageId={food.image_id} />}
				</Stack>
			</div>
		</Page>
	);
}

function Details({food}: {food: Food}) {
	const rows: [string, string | null][] = [
		[m.barcode, food.barcode],
		[m.servings, food.servings.map(servingText).join(', ') || null],
		[m.from, m.source[food.source]],
		[m.licence, food.licence],
		[m.changedAt, dateOf(food.updated_at)],
	];
	return (
		<dl className={styles.details}>
			{rows.map(
				([name, value]) =>
					value && (
						<div key={name}>
							<dt>{name}</dt>
							<dd>{value}</dd>
						</div>
					),
			)}
		</dl>
	);
}

const servingText = ({label, amount, unit}: Food['servings'][number]) =>
	unit === null ? label : `${label} (${formatNumber(amount)} ${unit})`;

/** Until it is decided the author and moderators see the picture, then the author alone: where it is not ours to see, nothing. */
function LabelOf({food, imageId}: {food: Food; imageId: string}) {
	const {user} = session.use();
	const visible =
		user !== null && (food.created_by === user.id || (food.status === 'pending' && mayModerate(user.role)));
	const {url} = usePicture(null, visible ? imageId : null);
	if (url === null) return null;
	return (
		<Card title={m.picture}>
			<img src={url} alt={messages.labels.pictureOf(food.name)} className={styles.picture} />
		</Card>
	);
}

function Favourite({id}: {id: string}) {
	const queries = useQueryClient();
	const key = ['foods', 'favourites'];
	const all = useQuery({queryKey: key, queryFn: ({signal}) => calls.favouriteFoods(signal)});
	const on = all.data?.items.some(food => food.id === id) ?? false;
	const toggle = useMutation({
		mutationFn: (favourite: boolean) => calls.setFavourite(id, favourite),
		onSettled: () => queries.invalidateQueries({queryKey: key}),
	});
	const shown = toggle.isPending ? toggle.variables : on;
	return (
		<IconButton
			icon="star"
			label={shown ? m.unfavourite : m.favourite}
			filled={shown}
			aria-pressed={shown}
			disabled={all.data === undefined}
			onClick={() => toggle.mutate(!on)}
		/>
	);
}
