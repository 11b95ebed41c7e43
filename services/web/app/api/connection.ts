import {store} from '../store.ts';

// Whether the server answers. The browser's own word (`navigator.onLine`) knows of the aeroplane mode but not of a NAS that is
// switched off, so every answer and every missing one is counted too.

const state = store<{reachable: boolean}>({reachable: navigator.onLine});

let asking: Promise<void> | null = null;

export const connection = {
	use: () => state.use().reachable,
	reachable: () => state.get().reachable,
	found: () => state.set({reachable: true}),
	lost: () => state.set({reachable: false}),
	/** Calls back each time that the server answers again. */
	onReturn(callback: () => void): () => void {
		let before = state.get().reachable;
		return state.subscribe(() => {
			const {reachable} = state.get();
			if (reachable && !before) callback();
			before = reachable;
		});
	},
	/** Asks whether the server is there; never throws. */
	check(): Promise<void> {
		asking ??= fetch('/health', {cache: 'no-store', signal: timeout(5000)})
			.then(({status}) => state.set({reachable: status < 500}))
			.catch(() => state.set({reachable: false}))
			.finally(() => {
				asking = null;
			});
		return asking;
	},
};

function timeout(ms: number): AbortSignal {
	const limit = new AbortController();
	setTimeout(() => limit.abort(), ms);
	return limit.signal;
}

addEventListener('online', () => void connection.check());
addEventListener('offline', () => connection.lost());
// While the server is away, coming back to the app is the moment to look again, besides every 15 s that it is seen.
document.addEventListener('visibilitychange', () => {
	if (document.visibilityState === 'visible' && !state.get().reachable) void connection.check();
});
setInterval(() => {
	if (document.visibilityState === 'visible' && !state.get().reachable) void connection.check();
}, 15_000);
