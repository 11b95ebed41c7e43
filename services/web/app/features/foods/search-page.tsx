import {keepPreviousData, useInfiniteQuery, useQuery} from '@tanstack/react-query';
import {useEffect, useState} from 'react';
import {useSearchParams} from 'wouter';
import {calls} from '../../api/calls.ts';
import {Button, IconButton, LinkButton} from '../../design/button.tsx';
import {Icon} from '../../design/icon.tsx';
import {Card, Page} from '../../design/layout.tsx';
import {Empty, ErrorNotice, Loading} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {drafts} from '../labels/drafts.ts';
import {FoodList} from './food-list.tsx';
import styles from './search-page.module.css';

const m = messages.foods;
const TYPING_MS = 150;
const LONGEST_QUERY = 200;

/** Where the app opens: search as one types, and what is new. The query is in the address, so that "back" brings it back. */
export default function SearchPage() {
	const [params, setParams] = useSearchParams();
	const asked = params.get('q') ?? '';
	const [typed, setTyped] = useState(asked);

	useEffect(() => {
		const timer = setTimeout(() => {
			const q = typed.trim();
			if (q !== asked) setParams(q === '' ? {} : {q}, {replace: true});
		}, TYPING_MS);
		return () => clearTimeout(timer);
	}, [typed, asked, setParams]);

	return (
		<Page title={m.title}>
			<search className={styles.search}>
				<Icon name="search" size={20} />
				<input
					type="search"
					aria-label={m.searchLabel}
					placeholder={m.search}
					autoComplete="off"
					autoCapitalize="none"
					enterKeyHint="search"
					maxLength={LONGEST_QUERY}
					value={typed}
					onChange={event => setTyped(event.target.value)}
				/>
				{typed !== '' && <IconButton icon="close" label={m.clear} onClick={() => setTyped('')} />}
			</search>
			{asked === '' ? <Start /> : <Results query={asked} />}
		</Page>
	);
}

function Results({query}: {query: string}) {
	const found = useInfiniteQuery({
		queryKey: ['foods', 'search', query],
		queryFn: ({pageParam, signal}) => calls.searchFoods(query, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: page => page.next_cursor,
		// The last results stay, dimmed, until the next are there: nothing flickers while one types.
		placeholderData: keepPreviousData,
	});
	if (found.isPending) return <Loading />;
	if (found.isError) return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
	const foods = found.data.pages.flatMap(page => page.items);
	return (
		<div className={styles.results} data-old={found.isPlaceholderData || undefined}>
			<p role="status" className={styles.count}>
				{!found.isPlaceholderData && m.found(foods.length, found.hasNextPage)}
			</p>
			{foods.length === 0 ? (
				<Empty
					icon="search"
					title={m.none(query)}
					action={
						<LinkButton href="/labels" look="primary" icon="camera">
							{messages.labels.title}
						</LinkButton>
					}
				>
					{m.noneText}
				</Empty>
			) : (
				<Card>
					<FoodList foods={foods} />
				</Card>
			)}
			{found.hasNextPage && (
				<Button
					wide
					busy={found.isFetchingNextPage && messages.action.loading}
					onClick={() => void found.fetchNextPage()}
				>
					{messages.action.more}
				</Button>
			)}
		</div>
	);
}

function Start() {
	const begun = drafts.use();
	const recent = useQuery({queryKey: ['foods', 'recent'], queryFn: ({signal}) => calls.recentFoods(signal)});
	const favourites = useQuery({queryKey: ['foods', 'favourites'], queryFn: ({signal}) => calls.favouriteFoods(signal)});
	return (
		<>
			{begun.length > 0 && (
				<LinkButton href="/labels" icon="clock" wide>
					{`${messages.labels.drafts}: ${begun.length}`}
				</LinkButton>
			)}
			{favourites.data && favourites.data.items.length > 0 && (
				<Card title={m.favourites}>
					<FoodList foods={favourites.data.items} />
				</Card>
			)}
			{recent.isPending ? (
				<Loading />
			) : recent.isError ? (
				<ErrorNotice error={recent.error} onRetry={() => void recent.refetch()} />
			) : recent.data.items.length === 0 ? (
				<Empty
					icon="search"
					title={m.recentNone}
					action={
						<LinkButton href="/labels" look="primary" icon="camera">
							{messages.labels.title}
						</LinkButton>
					}
				>
					{m.recentNoneText}
				</Empty>
			) : (
				<Card title={m.recent}>
					<FoodList foods={recent.data.items} />
				</Card>
			)}
		</>
	);
}
