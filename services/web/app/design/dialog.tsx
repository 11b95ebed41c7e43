import {type ReactNode, useEffect, useId, useRef} from 'react';
import {messages} from '../messages.ts';
import {Button} from './button.tsx';
import styles from './dialog.module.css';

/** A question that must be answered first. The browser's own dialog holds the focus and closes on Escape. */
export function Dialog({
	title,
	onClose,
	children,
	actions,
	cancel = messages.action.cancel,
	onCancel,
}: {
	title: string;
	onClose: () => void;
	children?: ReactNode;
	actions: ReactNode;
	/** What the other way out is called, and where it leads once the dialog is gone. */
	cancel?: string;
	onCancel?: () => void;
}) {
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		if (dialog.current?.open === false) dialog.current.showModal();
	}, []);
	return (
		<dialog ref={dialog} className={styles.dialog} aria-labelledby={id} onCancel={onClose} onClose={onClose}>
			<h2 id={id}>{title}</h2>
			{children}
			<div className={styles.actions}>
				{actions}
				<Button
					onClick={() => {
						dialog.current?.close();
						onClose();
						onCancel?.();
					}}
				>
					{cancel}
				</Button>
			</div>
		</dialog>
	);
}
