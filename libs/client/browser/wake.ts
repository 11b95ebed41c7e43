/** Calls back when the browser has a connection again, and when the person comes back to the page. */
export function onWake(callback: () => void): () => void {
	const onVisible = () => {
		if (document.visibilityState === 'visible') callback();
	};
	addEventListener('online', callback);
	addEventListener('pageshow', callback);
	document.addEventListener('visibilitychange', onVisible);
	return () => {
		removeEventListener('online', callback);
		removeEventListener('pageshow', callback);
		document.removeEventListener('visibilitychange', onVisible);
	};
}
