import {type ReactNode, useState} from 'react';
import {Link, useLocation} from 'wouter';
import {connection} from '../api/connection.ts';
import {Icon} from '../design/icon.tsx';
import {Hidden} from '../design/notice.tsx';
import {useWaiting} from '../features/moderation/queue.ts';
import {kept} from '../kept.ts';
import {messages} from '../messages.ts';
import {Broken} from './broken.tsx';
import styles from './frame.module.css';
import {Mark} from './mark.tsx';
import type {Screen} from './routes.tsx';

/** What stands around every page: the way between them, and the word when the server is away. */
export function Frame({screens, children}: {screens?: readonly Screen[]; children: ReactNode}) {
	const [location] = useLocation();
	return (
		<div className={screens ? styles.frame : styles.bare}>
			<a className={styles.skip} href="#content">
				{messages.app.skip}
			</a>
			{screens && <Navigation screens={screens} />}
			<div className={styles.body}>
				<div className={styles.notices}>
					<OfflineBanner />
					<StorageBanner />
				</div>
				<main id="content" className={styles.main}>
					{!screens && <Mark />}
					<Broken key={location}>{children}</Broken>
				</main>
			</div>
		</div>
	);
}

function Navigation({screens}: {screens: readonly Screen[]}) {
	const [location] = useLocation();
	const waiting = useWaiting(screens.some(({path}) => path === '/queue'));
	return (
		<nav className={styles.nav} aria-label={messages.app.navigation}>
			<div className={styles.brand}>
				<Mark />
			</div>
			{screens.map(({path, nav}) => {
				if (!nav) return null;
				const here = path === '/' ? location === '/' || location.startsWith('/foods') : location.startsWith(path);
				const count = path === '/queue' ? waiting : 0;
				return (
					<Link
						key={path}
						href={path}
						className={nav.prominent ? `${styles.item} ${styles.prominent}` : styles.item}
						aria-current={here ? 'page' : undefined}
					>
						<span className={styles.glyph}>
							<Icon name={nav.icon} />
							{count > 0 && (
								<span className={styles.count} aria-hidden="true">
									{count > 99 ? '99+' : count}
								</span>
							)}
						</span>
						<span>{nav.label}</span>
						{count > 0 && <Hidden>, {messages.queue.waiting(count)}</Hidden>}
					</Link>
				);
			})}
		</nav>
	);
}

function OfflineBanner() {
	const reachable = connection.use();
	const [checking, setChecking] = useState(false);
	return (
		<div role="status">
			{!reachable && (
				<div className={styles.banner}>
					<Icon name="offline" size={20} />
					<span>{messages.offline.banner}</span>
					<button
						type="button"
						disabled={checking}
						onClick={async () => {
							setChecking(true);
							await connection.check();
							setChecking(false);
						}}
					>
						{checking ? messages.offline.checking : messages.offline.check}
					</button>
				</div>
			)}
		</div>
	);
}

function StorageBanner() {
	if (kept.useWorks()) return null;
	return (
		<div className={styles.banner} role="alert">
			<Icon name="warning" size={20} />
			<span>{messages.error.storage}</span>
		</div>
	);
}
