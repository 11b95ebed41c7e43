import type {ReactNode} from 'react';
import {ApiError, Unreachable} from '../api/client.ts';
import {messages} from '../messages.ts';
import {Button} from './button.tsx';
import {Icon, type IconName} from './icon.tsx';
import styles from './notice.module.css';

type Tone = 'info' | 'good' | 'warn' | 'bad';
const ICONS: Record<Tone, IconName> = {info: 'info', good: 'check', warn: 'warning', bad: 'warning'};

export function Notice({
	tone = 'info',
	title,
	children,
	action,
}: {
	tone?: Tone;
	title?: string;
	children?: ReactNode;
	action?: ReactNode;
}) {
	return (
		<div className={`${styles.notice} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : undefined}>
			<Icon name={ICONS[tone]} size={20} />
			<div className={styles.text}>
				{title && <p className={styles.title}>{title}</p>}
				{children}
				{action && <div className={styles.action}>{action}</div>}
			</div>
		</div>
	);
}

/** What went wrong as the server put it, by which number it can be found in the log, and a way on. */
export function ErrorNotice({
	error,
	title,
	onRetry,
	action,
}: {
	error: unknown;
	title?: string;
	onRetry?: () => void;
	action?: ReactNode;
}) {
	return (
		<Notice
			tone="bad"
			title={title ?? messages.error.title}
			action={
				(onRetry || action) && (
					<>
						{onRetry && <Button onClick={onRetry}>{messages.error.again}</Button>}
						{action}
					</>
				)
			}
		>
			<p>{messageOf(error)}</p>
			{error instanceof ApiError && error.retryAfter !== null && <p>{messages.error.wait(error.retryAfter)}</p>}
			{error instanceof ApiError && <Details error={error} />}
			{error instanceof ApiError && error.requestId && (
				<p className={styles.request}>{messages.error.requestId(error.requestId)}</p>
			)}
		</Notice>
	);
}

function Details({error}: {error: ApiError}) {
	if (!Array.isArray(error.details)) return null;
	const lines = (error.details as {message?: unknown}[])
		.map(detail => detail?.message)
		.filter((line): line is string => typeof line === 'string' && line !== error.message);
	if (lines.length === 0) return null;
	return (
		<ul className={styles.details}>
			{[...new Set(lines)].slice(0, 8).map(line => (
				<li key={line}>{line}</li>
			))}
		</ul>
	);
}

export const messageOf = (error: unknown): string =>
	error instanceof ApiError || error instanceof Unreachable ? error.message : messages.error.bug;

/** Nothing is here yet, and what to do about it. */
export function Empty({
	icon,
	title,
	children,
	action,
}: {
	icon: IconName;
	title: string;
	children?: ReactNode;
	action?: ReactNode;
}) {
	return (
		<div className={styles.empty}>
			<span className={styles.emptyIcon}>
				<Icon name={icon} size={32} />
			</span>
			<h2>{title}</h2>
			{children && <p>{children}</p>}
			{action && <div className={styles.action}>{action}</div>}
		</div>
	);
}

/** Grey bars where rows will be, so that nothing jumps. */
export function Loading({rows = 4}: {rows?: number}) {
	return (
		<div className={styles.loading} role="status">
			<span className={styles.hiddenText}>{messages.action.loading}</span>
			{Array.from({length: rows}, (_, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: the bars have no identity
				<span key={row} className={styles.bar} />
			))}
		</div>
	);
}

/** Text for a screen reader only. */
export const Hidden = ({children}: {children: ReactNode}) => <span className={styles.hiddenText}>{children}</span>;
