import {type ReactNode, useCallback, useEffect, useState} from 'react';
import {ApiError, renew} from '../api/client.ts';
import {connection} from '../api/connection.ts';
import {session} from '../api/session.ts';
import {ErrorNotice} from '../design/notice.tsx';
import {messages} from '../messages.ts';
import styles from './frame.module.css';
import {Mark} from './mark.tsx';

/** Opens the session that the cookie of the last visit still holds, before anything else is shown. */
export function Start({children}: {children: ReactNode}) {
	const {status} = session.use();
	const [error, setError] = useState<unknown>(null);

	const open = useCallback(async () => {
		setError(null);
		if (!session.wasSignedIn()) return session.signedOut();
		try {
			await renew();
		} catch (failure) {
			// A session that has ended has said so itself; anything else is shown, and tried again when the server is back.
			if (!(failure instanceof ApiError && session.get().status === 'signed_out')) setError(failure);
		}
	}, []);

	useEffect(() => {
		void open();
		return connection.onReturn(() => {
			if (session.get().status === 'starting') void open();
		});
	}, [open]);

	if (status !== 'starting') return children;
	return (
		<main className={styles.alone}>
			<Mark />
			{error === null ? (
				<p role="status">{messages.app.starting}</p>
			) : (
				<ErrorNotice error={error} title={messages.offline.startTitle} onRetry={() => void open()} />
			)}
		</main>
	);
}
