import {z} from 'zod';

/** All that was written up to a version is known; `epoch` says of which state of the house. Opaque to the client. */
export interface Checkpoint {
	seq: number;
	epoch: string;
}

/** What a client says it knows: nothing yet, or a checkpoint that may turn out to be of somewhere else. */
export type Asked = Checkpoint | 'nothing' | 'unknown';

const anything = z.string().max(2_000).optional();

/** As the parts of a URL, `?seq=12&epoch=…`, or whole, `?checkpoint={"seq":12,…}`. What an app never had, it may send as null. */
export const checkpointQuery = {seq: anything, epoch: anything, checkpoint: anything};

const seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const checkpointObject = z.object({seq, epoch: z.string().max(100).default('')});

export function askedCheckpoint(query: z.output<z.ZodObject<typeof checkpointQuery>>): Asked {
	if (isGiven(query.checkpoint)) return parsed(jsonIn(query.checkpoint));
	return isGiven(query.seq)
		? parsed({seq: query.seq, ...(isGiven(query.epoch) ? {epoch: query.epoch} : {})})
		: 'nothing';
}

const isGiven = (text: string | undefined): text is string =>
	text !== undefined && !['', 'null', 'undefined', '{}'].includes(text.trim());

function parsed(given: unknown): Asked {
	const checkpoint = checkpointObject.safeParse(given);
	if (!checkpoint.success) return 'unknown';
	return checkpoint.data.seq === 0 ? 'nothing' : checkpoint.data;
}

function jsonIn(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Of another server, perhaps: as unknown as any other.
		return null;
	}
}

/** As the id of a server-sent event, which a browser gives back when it connects anew. */
export const eventId = ({seq, epoch}: Checkpoint): string => `${seq}.${epoch}`;

export function checkpointIn(event_id: string | undefined): Asked {
	if (event_id === undefined || event_id === '') return 'nothing';
	const [seq, epoch] = event_id.split('.');
	return parsed({seq, epoch});
}
