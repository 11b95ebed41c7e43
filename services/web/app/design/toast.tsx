import {store} from '../store.ts';
import {Icon} from './icon.tsx';
import styles from './toast.module.css';

// One short word on what just worked, read out too. Failures are no toasts: they stay where they happened until they are mended.

const state = store<{text: string | null}>({text: null});
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string) {
	clearTimeout(timer);
	state.set({text});
	timer = setTimeout(() => state.set({text: null}), 5000);
}

export function Toast() {
	const {text} = state.use();
	return (
		<div className={styles.place} role="status">
			{text && (
				<p className={styles.toast}>
					<Icon name="check" size={20} /> {text}
				</p>
			)}
		</div>
	);
}
