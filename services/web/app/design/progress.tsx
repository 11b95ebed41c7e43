import styles from './progress.module.css';

/** How far something is, with words; the words are read out as they change. */
export function Progress({label, fraction}: {label: string; fraction: number}) {
	const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
	return (
		<div className={styles.progress}>
			<p role="status">{label}</p>
			<progress max={100} value={percent} aria-label={label} />
		</div>
	);
}
