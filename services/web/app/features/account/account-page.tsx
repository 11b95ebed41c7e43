import {useMutation} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import {useLocation} from 'wouter';
import {calls} from '../../api/calls.ts';
import {session} from '../../api/session.ts';
import type {User} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Segmented, Select, TextField} from '../../design/field.tsx';
import {Badge, Card, Page, Soft, Stack} from '../../design/layout.tsx';
import {ErrorNotice} from '../../design/notice.tsx';
import {type Theme, theme} from '../../design/theme.ts';
import {say} from '../../design/toast.tsx';
import {messages} from '../../messages.ts';
import {drafts} from '../labels/drafts.ts';
import {DevicesCard} from './devices-card.tsx';
import {timeZones} from './time-zone.ts';

const m = messages.account;
const THEMES = (['system', 'light', 'dark'] as const).map(value => ({value, label: m.theme[value]}));

export default function AccountPage() {
	const {user} = session.use();
	const [look, setLook] = useState<Theme>(theme.get);
	if (user === null) return null;
	return (
		<Page title={m.title}>
			<Profile user={user} />
			<Card>
				<Segmented
					label={m.look}
					value={look}
					choices={THEMES}
					onChange={chosen => {
						theme.set(chosen);
						setLook(chosen);
					}}
				/>
			</Card>
			<DevicesCard />
			<SignOut />
		</Page>
	);
}

function Profile({user}: {user: User}) {
	const [name, setName] = useState(user.name);
	const [zone, setZone] = useState(user.time_zone);
	const save = useMutation({
		mutationFn: () => calls.saveMe({name: name.trim(), time_zone: zone}),
		onSuccess: saved => {
			session.userChanged(saved);
			say(m.saved);
		},
	});
	const changed = (name.trim() !== user.name && name.trim() !== '') || zone !== user.time_zone;
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (changed && !save.isPending) save.mutate();
	};
	return (
		<Card title={m.profile}>
			<div>
				<p>{user.email}</p>
				<Badge>{m.role[user.role]}</Badge>
			</div>
			<form onSubmit={submit} noValidate>
				<Stack>
					<TextField
						label={m.name}
						hint={m.nameHint}
						autoComplete="name"
						maxLength={100}
						value={name}
						onChange={setName}
						error={name.trim() === '' ? messages.session.required : null}
					/>
					<Select
						label={m.timeZone}
						hint={m.timeZoneHint}
						value={zone}
						choices={timeZones(user.time_zone).map(value => ({value, label: value.replaceAll('_', ' ')}))}
						onChange={setZone}
					/>
					{save.isError && <ErrorNotice error={save.error} />}
					<Button type="submit" disabled={!changed} busy={save.isPending && messages.action.saving}>
						{messages.action.save}
					</Button>
				</Stack>
			</form>
		</Card>
	);
}

function SignOut() {
	const [, go] = useLocation();
	const unfinished = drafts.use().length;
	const leave = useMutation({
		mutationFn: calls.signOut,
		onSuccess: () => {
			go('/', {replace: true});
			session.signedOut();
		},
	});
	return (
		<Card>
			{unfinished > 0 && <Soft>{m.signOutDrafts(unfinished)}</Soft>}
			{leave.isError && <ErrorNotice error={leave.error} />}
			<Button look="danger" icon="leave" busy={leave.isPending && m.signingOut} onClick={() => leave.mutate()}>
				{m.signOut}
			</Button>
		</Card>
	);
}
