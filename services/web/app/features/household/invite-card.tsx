import {useMutation} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import {calls} from '../../api/calls.ts';
import type {Role} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Select, TextField} from '../../design/field.tsx';
import {Card, Row, Soft, Stack} from '../../design/layout.tsx';
import {momentOf} from '../../design/moment.ts';
import {ErrorNotice} from '../../design/notice.tsx';
import {say} from '../../design/toast.tsx';
import {messages} from '../../messages.ts';

const m = messages.household;
const ROLES = (['member', 'moderator', 'admin'] as const).map(value => ({value, label: messages.account.role[value]}));

/** Makes a link for one person, shown once: whoever has it comes in. */
export function InviteCard({admin}: {admin: boolean}) {
	const [email, setEmail] = useState('');
	const [role, setRole] = useState<Role>('member');
	const invite = useMutation({
		mutationFn: () => calls.invite({role, ...(email.trim() && {email: email.trim()})}),
		onSuccess: () => setEmail(''),
	});
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (!invite.isPending) invite.mutate();
	};
	return (
		<Card title={m.invite}>
			<Soft>{m.inviteText}</Soft>
			<form onSubmit={submit} noValidate>
				<Stack>
					<TextField
						label={m.inviteEmail}
						hint={m.inviteEmailHint}
						type="email"
						inputMode="email"
						autoComplete="off"
						autoCapitalize="none"
						maxLength={254}
						value={email}
						onChange={setEmail}
					/>
					{admin && (
						<Select label={m.inviteRole} hint={m.inviteRoleHint} value={role} choices={ROLES} onChange={setRole} />
					)}
					{invite.isError && <ErrorNotice error={invite.error} />}
					<Button type="submit" look="primary" busy={invite.isPending && m.making}>
						{m.make}
					</Button>
				</Stack>
			</form>
			{invite.data && <Link url={invite.data.url} expires_at={invite.data.expires_at} />}
		</Card>
	);
}

function Link({url, expires_at}: {url: string; expires_at: string}) {
	const copy = async () => {
		// The clipboard exists only over https and on localhost; the field can be copied by hand.
		await navigator.clipboard.writeText(url);
		say(messages.action.copied);
	};
	return (
		<Stack>
			<TextField label={m.link} value={url} onChange={() => {}} readOnly onFocus={event => event.target.select()} />
			<Soft>{m.expires(momentOf(expires_at))}</Soft>
			<Row>
				{'share' in navigator && (
					<Button
						icon="share"
						onClick={() => {
							// Rejects when the person changes their mind.
							navigator.share({text: m.shareText, url}).catch(() => {});
						}}
					>
						{messages.action.share}
					</Button>
				)}
				{'clipboard' in navigator && (
					<Button icon="copy" onClick={() => void copy()}>
						{messages.action.copy}
					</Button>
				)}
			</Row>
		</Stack>
	);
}
