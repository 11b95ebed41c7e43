import {messages} from '../messages.ts';
import styles from './frame.module.css';

export const Mark = () => (
	<p className={styles.mark}>
		<img src="/icon.svg" alt="" width={36} height={36} />
		<span>{messages.app.name}</span>
	</p>
);
