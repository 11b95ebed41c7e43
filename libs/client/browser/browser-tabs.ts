import type {TabMessage, Tabs} from '../tabs.js';

/**
 * The tabs that share the store called `name`. One of them leads, by a lock that the browser gives to the next when it is closed or
 * crashes. Where there are no locks (a house reached by plain http) every tab syncs for itself, which is safe, as each step is a
 * transaction, and costs more requests.
 */
export function browserTabs(name: string): Tabs {
	const channel = new BroadcastChannel(`hearth ${name}`);
	const closed = new AbortController();
	let release = () => {};
	return {
		lead(callback) {
			if (!('locks' in navigator)) return callback();
			const untilClosed = () =>
				new Promise<void>(resolve => {
					release = resolve;
					callback();
				});
			navigator.locks.request(`hearth ${name}`, {signal: closed.signal}, untilClosed).catch((error: unknown) => {
				if (!closed.signal.aborted) throw error;
			});
		},
		send: message => channel.postMessage(message),
		onMessage(listener) {
			channel.onmessage = ({data}: MessageEvent<TabMessage>) => listener(data);
		},
		close() {
			closed.abort();
			release();
			channel.close();
		},
	};
}
