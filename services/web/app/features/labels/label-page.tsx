import {useEffect, useState} from 'react';
import {useLocation} from 'wouter';
import {Button, LinkButton} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {Page} from '../../design/layout.tsx';
import {Empty, Notice} from '../../design/notice.tsx';
import {messages} from '../../messages.ts';
import {NO_TEXT} from '../foods/food-text.ts';
import {doubtfulOnes} from './confidence.ts';
import {type Draft, drafts} from './drafts.ts';
import {LabelForm} from './label-form.tsx';
import styles from './label-page.module.css';
import {LabelPicture} from './label-picture.tsx';
import {LabelState} from './label-state.tsx';
import {inputId} from './nutrient-fields.tsx';
import {pictures} from './pictures.ts';
import {readAs} from './read-as.ts';
import {uploads} from './uploads.ts';
import {usePicture} from './use-picture.ts';
import {useReading} from './use-reading.ts';

const m = messages.labels;

/** One label from its photo to its food: sent, read, corrected beside the picture, sent for approval. */
export default function LabelPage({id}: {id: string}) {
	const draft = drafts.useOne(id);
	if (draft === null) {
		return (
			<Empty icon="camera" title={m.gone.title} action={<LinkButton href="/labels">{m.title}</LinkButton>}>
				{m.gone.text}
			</Empty>
		);
	}
	return <Label draft={draft} />;
}

function Label({draft}: {draft: Draft}) {
	const [, go] = useLocation();
	const upload = uploads.useOne(draft.id);
	const {status, reading, error, retry} = useReading(draft.image_id);
	const [undecodable, setUndecodable] = useState(false);
	const picture = usePicture(undecodable ? null : draft.id, draft.image_id);
	const [active, setActive] = useState<string | null>(null);
	const [discarding, setDiscarding] = useState(false);
	const text = draft.typed ?? NO_TEXT;

	useEffect(() => {
		if (draft.image_id === null && draft.refused === null) void uploads.start(draft.id);
	}, [draft.id, draft.image_id, draft.refused]);

	const discard = () => {
		drafts.remove(draft.id);
		go('/labels');
	};
	const label = readAs(reading, text.basis);
	const marked = new Set<string>(doubtfulOnes(text, label.fields, label.confidence));

	return (
		<Page
			title={text.name.trim() || m.draftNamed('')}
			back="/labels"
			wide
			actions={
				<Button look="plain" onClick={() => setDiscarding(true)}>
					{m.discard}
				</Button>
			}
		>
			<div className={styles.work}>
				<div className={styles.picture}>
					{picture.url ? (
						<LabelPicture
							url={picture.url}
							alt={m.picture}
							boxes={label.boxes}
							active={active}
							marked={marked}
							onPick={field => document.getElementById(inputId(field))?.focus()}
							onError={() => {
								// A format that this browser cannot show (HEIC): the server's upright copy can be.
								void pictures.get(draft.id).then(own => own && setUndecodable(true));
							}}
						/>
					) : (
						picture.gone && <Notice>{m.pictureGone}</Notice>
					)}
				</div>
				<div className={styles.side}>
					{reading === null && (
						<LabelState
							draft={draft}
							upload={upload}
							status={status}
							error={error}
							onRetry={retry}
							onDiscard={discard}
						/>
					)}
					<LabelForm
						draft={draft}
						text={text}
						reading={reading}
						failed={status?.status === 'failed'}
						onActive={setActive}
					/>
				</div>
			</div>
			{discarding && (
				<Dialog
					title={m.discardAsk}
					onClose={() => setDiscarding(false)}
					actions={
						<Button look="danger" onClick={discard}>
							{m.discard}
						</Button>
					}
				/>
			)}
		</Page>
	);
}
