import {QueryClient, QueryClientProvider} from '@tanstack/react-query';
import {useEffect, useState} from 'react';
import {Redirect, Route, Switch} from 'wouter';
import {ApiError} from '../api/client.ts';
import {connection} from '../api/connection.ts';
import {session} from '../api/session.ts';
import {LinkButton} from '../design/button.tsx';
import {Empty} from '../design/notice.tsx';
import {Toast} from '../design/toast.tsx';
import {messages} from '../messages.ts';
import {Broken} from './broken.tsx';
import {Frame} from './frame.tsx';
import {fetchAhead, Later} from './later.tsx';
import {DOORS, SCREENS, type Screen} from './routes.tsx';
import {Start} from './start.tsx';

const queries = new QueryClient({
	defaultOptions: {
		queries: {
			// Asked even when the browser thinks that it is offline: the house may be in the same room.
			networkMode: 'always',
			// What the server refused it refuses again; what it could not answer is tried twice more.
			retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
		},
		mutations: {networkMode: 'always'},
	},
});

// What one person has loaded is not for the next.
let owner: string | null = null;
session.subscribe(() => {
	const now = session.get().user?.id ?? null;
	if (owner !== null && now !== owner) queries.clear();
	owner = now;
});

export function App() {
	return (
		<QueryClientProvider client={queries}>
			<Broken>
				<Start>
					<House />
				</Start>
			</Broken>
		</QueryClientProvider>
	);
}

function House() {
	const {status, user} = session.use();
	if (status !== 'signed_in' || user === null) {
		return (
			<Frame>
				<Screens screens={DOORS} />
			</Frame>
		);
	}
	const screens = SCREENS.filter(({roles}) => roles === undefined || roles.includes(user.role));
	return <Rooms screens={screens} />;
}

function Rooms({screens}: {screens: readonly Screen[]}) {
	// With the first page comes the code of the others: the next tap waits for nothing, and needs no connection.
	const [loads] = useState(() => screens.map(({load}) => load));
	useEffect(() => {
		fetchAhead(loads);
		return connection.onReturn(() => fetchAhead(loads));
	}, [loads]);
	return (
		<Frame screens={screens}>
			<Screens screens={screens} />
			<Toast />
		</Frame>
	);
}

function Screens({screens}: {screens: readonly Screen[]}) {
	return (
		<Switch>
			{screens.map(({path, load}) => (
				<Route key={path} path={path}>
					{(params: Record<string, string | undefined>) => (
						<Later key={Object.values(params).join()} load={load} params={params} />
					)}
				</Route>
			))}
			{/* Where one came in by is no place to stay. */}
			<Route path="/register">
				<Redirect to="/" replace />
			</Route>
			<Route path="/invite/:code">
				<Redirect to="/" replace />
			</Route>
			<Route>
				<Nowhere />
			</Route>
		</Switch>
	);
}

function Nowhere() {
	const {title, text, home} = messages.app.nowhere;
	useEffect(() => {
		document.title = `${title} · ${messages.app.name}`;
	}, [title]);
	return (
		<Empty icon="info" title={title} action={<LinkButton href="/">{home}</LinkButton>}>
			{text}
		</Empty>
	);
}
