import {type ChangeEvent, useState} from 'react';
import {useLocation} from 'wouter';
import {Button, IconButton, LinkButton} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {Icon, type IconName} from '../../design/icon.tsx';
import {Card, Page, Soft} from '../../design/layout.tsx';
import {ago} from '../../design/moment.ts';
import {messages} from '../../messages.ts';
import styles from './choose-page.module.css';
import {type Draft, drafts} from './drafts.ts';
import {SentCard} from './sent-card.tsx';
import {usePicture} from './use-picture.ts';

const m = messages.labels;

/** Where a label begins: a photo, a picture of the library, or one that was left unfinished. */
export default function ChoosePage() {
	const [, go] = useLocation();
	const begun = drafts.use();
	const [discarding, setDiscarding] = useState<Draft | null>(null);

	const take = async (event: ChangeEvent<HTMLInputElement>) => {
		const file = event.target.files?.[0];
		event.target.value = '';
		if (!file) return;
		const {id} = await drafts.begin(file, file.name || 'label');
		go(`/labels/${id}`);
	};

	return (
		<Page title={m.title}>
			<Soft>{m.text}</Soft>
			<div className={styles.ways}>
				<FileButton icon="camera" label={m.camera} primary camera onChange={take} />
				<FileButton icon="picture" label={m.choose} onChange={take} />
			</div>
			{begun.length > 0 && (
				<Card title={m.drafts}>
					<ul className={styles.drafts}>
						{begun.map(draft => (
							<DraftRow key={draft.id} draft={draft} onDiscard={() => setDiscarding(draft)} />
						))}
					</ul>
				</Card>
			)}
			<SentCard />
			<Card>
				<ul className={styles.tips}>
					{m.tips.map(tip => (
						<li key={tip}>
							<Icon name="check" size={18} /> {tip}
						</li>
					))}
				</ul>
			</Card>
			<LinkButton href="/foods/new" look="plain" icon="pencil">
				{m.byHand}
			</LinkButton>
			{discarding && (
				<Dialog
					title={m.discardAsk}
					onClose={() => setDiscarding(null)}
					actions={
						<Button
							look="danger"
							onClick={() => {
								drafts.remove(discarding.id);
								setDiscarding(null);
							}}
						>
							{m.discard}
						</Button>
					}
				/>
			)}
		</Page>
	);
}

/** `capture` opens the camera at once on a phone, and is ignored on a desk. */
function FileButton({
	icon,
	label,
	primary = false,
	camera = false,
	onChange,
}: {
	icon: IconName;
	label: string;
	primary?: boolean;
	camera?: boolean;
	onChange: (event: ChangeEvent<HTMLInputElement>) => void;
}) {
	return (
		<label className={primary ? `${styles.way} ${styles.primary}` : styles.way}>
			<input type="file" accept="image/*" capture={camera ? 'environment' : undefined} onChange={onChange} />
			<Icon name={icon} size={32} />
			<span>{label}</span>
		</label>
	);
}

function DraftRow({draft, onDiscard}: {draft: Draft; onDiscard: () => void}) {
	const [, go] = useLocation();
	const picture = usePicture(draft.id, null);
	const name = m.draftNamed(draft.typed?.name.trim() ?? '');
	const state = draft.refused ? m.draftState.failed : draft.image_id ? m.draftState.reading : m.draftState.waiting;
	return (
		<li className={styles.draft}>
			<button type="button" className={styles.open} onClick={() => go(`/labels/${draft.id}`)}>
				<span className={styles.thumb}>{picture.url ? <img src={picture.url} alt="" /> : <Icon name="picture" />}</span>
				<span className={styles.words}>
					<strong>{name}</strong>
					<small>
						{state}, {ago(draft.created_at)}
					</small>
				</span>
			</button>
			<IconButton icon="bin" label={`${m.discard}: ${name}`} onClick={onDiscard} />
		</li>
	);
}
