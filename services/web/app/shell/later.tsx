import {type ComponentType, useCallback, useEffect, useState} from 'react';
import {Unreachable} from '../api/client.ts';
import {connection} from '../api/connection.ts';
import {Page} from '../design/layout.tsx';
import {ErrorNotice, Loading} from '../design/notice.tsx';
import {messages} from '../messages.ts';

// biome-ignore lint/suspicious/noExplicitAny: each page names the parameters of its own path
export type AnyPage = ComponentType<any>;
export type Load = () => Promise<{default: AnyPage}>;

const loaded = new Map<Load, AnyPage>();

async function fetched(load: Load): Promise<AnyPage> {
	const known = loaded.get(load);
	if (known) return known;
	const {default: page} = await load();
	loaded.set(load, page);
	return page;
}

/** Fetches pages before they are opened. One that cannot be had is fetched again when it is opened, and says so then. */
export function fetchAhead(loads: readonly Load[]) {
	for (const load of loads) fetched(load).catch(() => {});
}

/** A page whose code is fetched when it is first opened; unlike React's own way it can be tried again when that failed. */
export function Later({load, params}: {load: Load; params: Record<string, string | undefined>}) {
	const [Shown, show] = useState<AnyPage | null>(() => loaded.get(load) ?? null);
	const [missing, setMissing] = useState(false);
	const open = useCallback(() => {
		setMissing(false);
		fetched(load).then(
			page => show(() => page),
			() => setMissing(true),
		);
	}, [load]);
	useEffect(open, [open]);
	useEffect(() => (missing ? connection.onReturn(open) : undefined), [missing, open]);

	if (Shown !== null) return <Shown {...params} />;
	return (
		<Page title={messages.app.name}>
			{missing ? <ErrorNotice error={new Unreachable(messages.offline.page)} onRetry={open} /> : <Loading />}
		</Page>
	);
}
