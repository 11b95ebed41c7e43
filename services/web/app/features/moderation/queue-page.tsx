import {Link} from 'wouter';
import type {QueueItem} from '../../api/types.ts';
import {Button, LinkButton} from '../../design/button.tsx';
import {Icon} from '../../design/icon.tsx';
import {Badge, Page, Soft} from '../../design/layout.tsx';
import {ago} from '../../design/moment.ts';
import {Empty, ErrorNotice, Loading} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {usePicture} from '../labels/use-picture.ts';
import {keyOf, useQueue} from './queue.ts';
import styles from './queue-page.module.css';

const m = messages.queue;

export default function QueuePage() {
	const queue = useQueue();
	return (
		<Page title={m.title}>
			{queue.isPending ? (
				<Loading />
			) : queue.isError ? (
				<ErrorNotice error={queue.error} onRetry={() => void queue.refetch()} />
			) : queue.items.length === 0 ? (
				<Empty icon="check" title={m.empty} action={<LinkButton href="/">{messages.app.nowhere.home}</LinkButton>}>
					{m.emptyText}
				</Empty>
			) : (
				<>
					<Soft>{m.waiting(queue.items.length)}</Soft>
					<ul className={styles.list}>
						{queue.items.map(item => (
							<Waiting key={keyOf(item)} item={item} />
						))}
					</ul>
					{queue.hasNextPage && (
						<Button
							wide
							busy={queue.isFetchingNextPage && messages.action.loading}
							onClick={() => void queue.fetchNextPage()}
						>
							{messages.action.more}
						</Button>
					)}
				</>
			)}
		</Page>
	);
}

function Waiting({item}: {item: QueueItem}) {
	const {food, kind, submitted_by, submitted_at, image, flags, duplicates, corrections} = item;
	const picture = usePicture(null, image?.id ?? null);
	const corrected = Object.keys(corrections ?? {}).length;
	return (
		<li>
			<Link href={`/queue/${keyOf(item)}`} className={styles.item}>
				<span className={styles.thumb}>
					{picture.url ? <img src={picture.url} alt="" /> : <Icon name={image ? 'picture' : 'pencil'} />}
				</span>
				<span className={styles.words}>
					<strong>{food.name}</strong>
					{food.brand && <span>{food.brand}</span>}
					<small>{m.by(submitted_by?.name ?? m.someone, ago(submitted_at))}</small>
					<span className={styles.badges}>
						{kind === 'edit' && <Badge>{m.edit}</Badge>}
						{flags.length > 0 && <Badge tone="warn">{m.flagCount(flags.length)}</Badge>}
						{duplicates.length > 0 && <Badge tone="warn">{m.duplicateCount(duplicates.length)}</Badge>}
						{corrected > 0 && <Badge>{m.corrected(corrected)}</Badge>}
					</span>
				</span>
				<Icon name="forward" size={20} />
			</Link>
		</li>
	);
}
