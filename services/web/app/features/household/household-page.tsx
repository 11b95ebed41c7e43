import {useMutation, useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {calls} from '../../api/calls.ts';
import {renew} from '../../api/client.ts';
import {session} from '../../api/session.ts';
import type {Member} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {Badge, Card, Page, Soft} from '../../design/layout.tsx';
import {ErrorNotice, Loading} from '../../design/notice.tsx';
import {say} from '../../design/toast.tsx';
import {messages} from '../../messages.ts';
import styles from './household-page.module.css';
import {InviteCard} from './invite-card.tsx';

const m = messages.household;
const KEY = ['household'];

export default function HouseholdPage() {
	const {user} = session.use();
	const household = useQuery({queryKey: KEY, queryFn: ({signal}) => calls.household(signal)});
	const owner = user?.household_role === 'owner';
	return (
		<Page title={m.title}>
			<Card title={m.members}>
				{household.isPending ? (
					<Loading rows={2} />
				) : household.isError ? (
					<ErrorNotice error={household.error} onRetry={() => void household.refetch()} />
				) : (
					<ul className={styles.members}>
						{household.data.members.map(member => (
							<MemberRow key={member.id} member={member} own={member.id === user?.id} owner={owner} />
						))}
					</ul>
				)}
			</Card>
			{owner || user?.role === 'admin' ? <InviteCard admin={user?.role === 'admin'} /> : <Soft>{m.ownersOnly}</Soft>}
		</Page>
	);
}

function MemberRow({member, own, owner}: {member: Member; own: boolean; owner: boolean}) {
	const queries = useQueryClient();
	const [asking, setAsking] = useState(false);
	const removable = member.household_role !== 'owner' && (own || owner);
	const remove = useMutation({
		mutationFn: () => calls.removeMember(member.id),
		onSuccess: async () => {
			setAsking(false);
			say(own ? m.left : m.removed(member.name));
			// Who leaves gets a token that speaks for the new household.
			if (own) await renew();
			await queries.invalidateQueries({queryKey: KEY});
		},
	});
	return (
		<li className={styles.member}>
			<span className={styles.initial} aria-hidden="true">
				{[...member.name][0]?.toUpperCase()}
			</span>
			<span className={styles.words}>
				<strong>
					{member.name} {own && <span className={styles.you}>({m.you})</span>}
				</strong>
				<small>{member.email}</small>
				<span className={styles.badges}>
					{member.household_role === 'owner' && <Badge tone="good">{m.role.owner}</Badge>}
					{member.role !== 'member' && <Badge>{messages.account.role[member.role]}</Badge>}
				</span>
			</span>
			{removable && (
				<Button look="plain" onClick={() => setAsking(true)} aria-label={own ? m.leave : m.remove(member.name)}>
					{own ? m.leave : messages.action.remove}
				</Button>
			)}
			{asking && (
				<Dialog
					title={own ? m.leave : m.remove(member.name)}
					onClose={() => setAsking(false)}
					actions={
						<Button look="danger" busy={remove.isPending && messages.action.saving} onClick={() => remove.mutate()}>
							{own ? m.leave : messages.action.remove}
						</Button>
					}
				>
					<p>{own ? m.leaveAsk : m.removeAsk(member.name)}</p>
					{remove.isError && <ErrorNotice error={remove.error} />}
				</Dialog>
			)}
		</li>
	);
}
