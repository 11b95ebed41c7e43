import {QueryClient, QueryClientProvider} from '@tanstack/react-query';
import {useState} from 'react';
import {createRoot} from 'react-dom/client';
import {storedSession} from '../../auth.ts';
import {indexedDbStore} from '../indexeddb-store.ts';
import {openInBrowser} from '../open-in-browser.ts';
import {HearthProvider, hooksFor, useSync} from '../react.tsx';

// A small app on the hooks, for browser.test.ts.

interface List {
	title: string;
	n?: number;
}

const {useRecords, useRecord, useMutations} = hooksFor<{lists: List}>();

function Lists() {
	const {data: lists = []} = useRecords('lists');
	const {create} = useMutations('lists');
	const [title, setTitle] = useState('');
	return (
		<>
			<label>
				Title <input value={title} onChange={event => setTitle(event.target.value)} />
			</label>
			<button type="button" onClick={() => create({title}).then(() => setTitle(''))}>
				Add
			</button>
			<ul>
				{lists.map(({id}) => (
					<ListItem key={id} id={id} />
				))}
			</ul>
		</>
	);
}

function ListItem({id}: {id: string}) {
	const {data: list} = useRecord('lists', id);
	const mutations = useMutations('lists');
	if (!list) return null;
	return (
		<li>
			<span>
				{list.data.title}
				{list.pending ? ' (not sent yet)' : ''}
			</span>
			<button type="button" onClick={() => mutations.delete(id)}>
				Delete {list.data.title}
			</button>
		</li>
	);
}

function Health() {
	const {state, pending, live} = useSync();
	return (
		<p role="status">
			{state}, {pending} waiting, {live ? 'live' : 'not live'}
		</p>
	);
}

const {email, password, device_id} = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const session = storedSession({
	url: '',
	store: await indexedDbStore('session'),
	device: {id: device_id ?? '', name: 'A browser'},
});
if (!(await session.isSignedIn())) await session.signIn({email: email ?? '', password: password ?? ''});
const hearth = await openInBrowser<{lists: List}>({
	url: '',
	user_id: email ?? '',
	auth: session,
	collections: {lists: {}},
	...(device_id === undefined ? {} : {device_id}),
});
Object.assign(window, {hearth});

const root = document.createElement('main');
document.body.append(root);
createRoot(root).render(
	<QueryClientProvider client={new QueryClient()}>
		<HearthProvider client={hearth}>
			<Health />
			<Lists />
		</HearthProvider>
	</QueryClientProvider>,
);
