import {type Hearth, type HearthOptions, openHearth, type Shapes} from '../open-hearth.js';
import {browserTabs} from './browser-tabs.js';
import {indexedDbStore} from './indexeddb-store.js';
import {onWake} from './wake.js';

export interface BrowserOptions<Collections extends Shapes>
	extends Omit<HearthOptions<Collections>, 'store' | 'tabs' | 'wake'> {
	/** Whose records: each person who signs in on this browser has a database of their own. */
	user_id: string;
}

/** `openHearth` on the browser's IndexedDB, shared by all tabs of this person. */
export async function openInBrowser<Collections extends Shapes>({
	user_id,
	...options
}: BrowserOptions<Collections>): Promise<Hearth<Collections>> {
	const name = storeName(user_id);
	return openHearth({...options, store: await indexedDbStore(name), tabs: browserTabs(name), wake: onWake});
}

/** Of the database, for whoever is to delete it: `indexedDB.deleteDatabase(storeName(user_id))`. */
export const storeName = (user_id: string): string => `hearth-${user_id}`;
