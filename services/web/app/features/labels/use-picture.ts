import {useEffect, useState} from 'react';
import {askPicture} from '../../api/client.ts';
import {pictures} from './pictures.ts';

export interface ShownPicture {
	url: string | null;
	/** True when neither this device nor the server has one that can be had. */
	gone: boolean;
}

/**
 * A picture to show: the one on this device at once, else the server's upright one. Either may be null. The browser may not be able
 * to decode its own (HEIC): then `onError` of the caller passes null for the draft.
 */
export function usePicture(draftId: string | null, imageId: string | null): ShownPicture {
	const [shown, setShown] = useState<ShownPicture>({url: null, gone: false});
	useEffect(() => {
		const leaving = new AbortController();
		let url: string | null = null;
		const find = async () => {
			const own = draftId === null ? null : await pictures.get(draftId);
			const blob = own ?? (imageId === null ? null : await askPicture(`/images/${imageId}`, leaving.signal));
			if (leaving.signal.aborted) return;
			url = blob === null ? null : URL.createObjectURL(blob);
			setShown({url, gone: url === null});
		};
		find().catch(() => {
			// The values can be checked without it, and the page says that it is missing.
			if (!leaving.signal.aborted) setShown({url: null, gone: true});
		});
		return () => {
			leaving.abort();
			if (url !== null) URL.revokeObjectURL(url);
		};
	}, [draftId, imageId]);
	return shown;
}
