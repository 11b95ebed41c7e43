import type {ReactNode} from 'react';
import {Unreachable} from '../../api/client.ts';
import type {ImageStatus} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {ErrorNotice, Notice} from '../../design/notice.tsx';
import {Progress} from '../../design/progress.tsx';
import {messages} from '../../messages.ts';
import type {Draft} from './drafts.ts';
import {type Upload, uploads} from './uploads.ts';

const m = messages.labels;
// Sending takes seconds on a phone, reading takes longer: so much of the bar is the sending's.
const SENDING = 0.3;

/** How far a label is until its values are there, and what can be done where it goes no further. */
export function LabelState({
	draft,
	upload,
	status,
	error,
	onRetry,
	onDiscard,
}: {
	draft: Draft;
	upload: Upload;
	status: ImageStatus | null;
	/** Why the status or the reading could not be had. */
	error: unknown;
	onRetry: () => void;
	onDiscard: () => void;
}) {
	const another = <Button onClick={onDiscard}>{m.another}</Button>;
	if (draft.image_id === null) return <Sending draft={draft} upload={upload} another={another} />;
	if (error !== null) return <ErrorNotice error={error} title={m.readFailed} onRetry={onRetry} action={another} />;
	if (status?.status === 'failed') {
		return (
			<Notice tone="warn" title={m.readFailed} action={another}>
				<p>{reasonOf(status.error)}</p>
				<p>{m.readFailedText}</p>
			</Notice>
		);
	}
	return (
		<Progress
			label={status?.status === 'processing' ? m.processing : m.queued}
			fraction={SENDING + (1 - SENDING) * (status?.progress ?? 0)}
		/>
	);
}

function Sending({draft, upload, another}: {draft: Draft; upload: Upload; another: ReactNode}) {
	const again = () => void uploads.start(draft.id);
	if (draft.refused !== null) {
		return (
			<Notice tone="bad" title={m.uploadFailed} action={another}>
				<p>{draft.refused}</p>
			</Notice>
		);
	}
	if (upload.error instanceof Unreachable) {
		return (
			<Notice tone="warn" title={m.draftState.waiting} action={<Button onClick={again}>{messages.error.again}</Button>}>
				<p>{m.uploadOffline}</p>
			</Notice>
		);
	}
	if (upload.error !== null) return <ErrorNotice error={upload.error} title={m.uploadFailed} onRetry={again} />;
	return <Progress label={m.uploading} fraction={upload.fraction * SENDING} />;
}

const reasonOf = (error: ImageStatus['error']): string | null =>
	typeof error === 'string' ? error : (error?.message ?? null);
