import {useState} from 'react';
import {Button} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {TextArea} from '../../design/field.tsx';
import {Row, Soft} from '../../design/layout.tsx';
import {messages} from '../../messages.ts';

const m = messages.queue;

export function RejectDialog({
	author,
	onClose,
	onReject,
}: {
	author: string;
	onClose: () => void;
	onReject: (reason: string) => void;
}) {
	const [reason, setReason] = useState('');
	const [tried, setTried] = useState(false);
	return (
		<Dialog
			title={m.rejectTitle}
			onClose={onClose}
			actions={
				<Button
					look="danger"
					onClick={() => {
						setTried(true);
						if (reason.trim() !== '') onReject(reason.trim());
					}}
				>
					{m.reject}
				</Button>
			}
		>
			<Soft>{m.rejectText(author)}</Soft>
			<Row>
				{m.reasons.map(one => (
					<Button key={one} onClick={() => setReason(one)}>
						{one}
					</Button>
				))}
			</Row>
			<TextArea
				label={m.reason}
				maxLength={500}
				value={reason}
				onChange={setReason}
				error={tried && reason.trim() === '' ? m.reasonNeeded : null}
			/>
		</Dialog>
	);
}
