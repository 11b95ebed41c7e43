import {type ReactNode, useEffect, useRef} from 'react';
import {Link} from 'wouter';
import {messages} from '../messages.ts';
import {Icon} from './icon.tsx';
import styles from './layout.module.css';

/** One page: its heading takes the focus when it opens, and names the tab. `wide` pages use the whole of a large screen. */
export function Page({
	title,
	back,
	actions,
	wide = false,
	children,
}: {
	title: string;
	back?: string;
	actions?: ReactNode;
	wide?: boolean;
	children: ReactNode;
}) {
	const heading = useRef<HTMLHeadingElement>(null);
	useEffect(() => {
		document.title = `${title} · ${messages.app.name}`;
	}, [title]);
	useEffect(() => {
		scrollTo(0, 0);
		heading.current?.focus({preventScroll: true});
	}, []);
	return (
		<div className={wide ? `${styles.page} ${styles.pageWide}` : styles.page}>
			<header className={styles.head}>
				{back !== undefined && (
					<Link href={back} className={styles.back} aria-label={messages.action.back}>
						<Icon name="back" />
					</Link>
				)}
				<h1 ref={heading} tabIndex={-1}>
					{title}
				</h1>
				{actions && <div className={styles.actions}>{actions}</div>}
			</header>
			{children}
		</div>
	);
}

export function Card({title, children}: {title?: string; children: ReactNode}) {
	return (
		<section className={styles.card}>
			{title && <h2>{title}</h2>}
			{children}
		</section>
	);
}

/** Things below each other with even room between them. */
export const Stack = ({children}: {children: ReactNode}) => <div className={styles.stack}>{children}</div>;

/** Buttons beside each other, the important one first. */
export const Row = ({children}: {children: ReactNode}) => <div className={styles.row}>{children}</div>;

export const Soft = ({children}: {children: ReactNode}) => <p className={styles.soft}>{children}</p>;

type Tone = 'good' | 'warn' | 'bad' | 'plain';

export const Badge = ({tone = 'plain', children}: {tone?: Tone; children: ReactNode}) => (
	<span className={`${styles.badge} ${styles[tone]}`}>{children}</span>
);
