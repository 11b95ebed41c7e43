import {useMutation, useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {calls} from '../../api/calls.ts';
import type {Device} from '../../api/types.ts';
import {Button} from '../../design/button.tsx';
import {Dialog} from '../../design/dialog.tsx';
import {Icon} from '../../design/icon.tsx';
import {Badge, Card, Soft} from '../../design/layout.tsx';
import {ago} from '../../design/moment.ts';
import {ErrorNotice, Loading} from '../../design/notice.tsx';
import {say} from '../../design/toast.tsx';
import {messages} from '../../messages.ts';
import styles from './devices-card.module.css';

const m = messages.account;
const KEY = ['devices'];

/** Where the person is signed in; a lost one is signed out at once. */
export function DevicesCard() {
	const queries = useQueryClient();
	const devices = useQuery({queryKey: KEY, queryFn: ({signal}) => calls.devices(signal)});
	const [asking, setAsking] = useState<Device | null>(null);
	const remove = useMutation({
		mutationFn: ({id}: Device) => calls.removeDevice(id),
		onSuccess: (_, {name}) => {
			setAsking(null);
			say(m.removed(name));
			void queries.invalidateQueries({queryKey: KEY});
		},
	});
	return (
		<Card title={m.devices}>
			<Soft>{m.devicesText}</Soft>
			{devices.isPending ? (
				<Loading rows={2} />
			) : devices.isError ? (
				<ErrorNotice error={devices.error} onRetry={() => void devices.refetch()} />
			) : (
				<ul className={styles.devices}>
					{devices.data.map(device => (
						<li key={device.id}>
							<Icon name="phone" />
							<span className={styles.words}>
								<strong>{device.name}</strong>
								<small>{m.lastSeen(ago(device.last_seen_at))}</small>
							</span>
							{device.current ? (
								<Badge tone="good">{m.thisDevice}</Badge>
							) : (
								<>
									{!device.signed_in && <Badge>{m.signedOut}</Badge>}
									<Button look="plain" aria-label={m.removeDevice(device.name)} onClick={() => setAsking(device)}>
										{messages.action.remove}
									</Button>
								</>
							)}
						</li>
					))}
				</ul>
			)}
			{asking && (
				<Dialog
					title={m.removeAsk(asking.name)}
					onClose={() => setAsking(null)}
					actions={
						<Button
							look="danger"
							busy={remove.isPending && messages.action.saving}
							onClick={() => remove.mutate(asking)}
						>
							{messages.action.remove}
						</Button>
					}
				>
					{remove.isError && <ErrorNotice error={remove.error} />}
				</Dialog>
			)}
		</Card>
	);
}
