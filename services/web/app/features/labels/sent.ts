import {session} from '../../api/session.ts';
import {kept} from '../../kept.ts';

// The foods that were last sent from this device, so that their author sees what became of them: a rejected one is in no list of the
// server's.

const MANY = 5;
const keyOf = () => `sent:${session.get().user?.id}`;

export const sent = {
	/** Ids, the latest first. */
	list: (): string[] => kept.read<string[]>(keyOf()) ?? [],
	add: (foodId: string) => kept.write(keyOf(), [foodId, ...sent.list().filter(id => id !== foodId)].slice(0, MANY)),
};
