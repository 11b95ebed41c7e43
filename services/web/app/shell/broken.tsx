import {Component, type ErrorInfo, type ReactNode} from 'react';
import {Button} from '../design/button.tsx';
import {Notice} from '../design/notice.tsx';
import {messages} from '../messages.ts';
import styles from './frame.module.css';

/** Where a mistake of the app's own ends: a sentence and a way on, instead of a white page. React asks for a class here. */
export class Broken extends Component<{children: ReactNode}, {error: unknown}> {
	override state: {error: unknown} = {error: null};

	static getDerivedStateFromError(error: unknown) {
		return {error};
	}

	override componentDidCatch(error: unknown, info: ErrorInfo) {
		console.error(error, info.componentStack);
	}

	override render() {
		if (this.state.error === null) return this.props.children;
		return (
			<div className={styles.alone}>
				<Notice
					tone="bad"
					title={messages.app.broken.title}
					action={<Button onClick={() => location.reload()}>{messages.app.broken.reload}</Button>}
				>
					<p>{messages.app.broken.text}</p>
				</Notice>
			</div>
		);
	}
}
