import type {Bus} from '@hearth/ports/bus.js';
import type {Database} from '@hearth/ports/database.js';
import type {z} from 'zod';
import {eventSubject} from './db.js';
import {backoff} from './jobs.js';
import type {Metrics} from './metrics.js';
import type {Context, Event, Subscription} from './plugin.js';

// With jobs' backoff the last attempt comes after about twenty minutes: long enough for a restart of whatever was down.
const EVENT_ATTEMPTS = 6;
// An event is small work; more at once would let a burst crowd out requests.
const EVENT_CONCURRENCY = 4;

const broadcastSubject = (name: string) => `broadcasts.${name}`;
// A retried event goes to the plugin that failed on it alone.
const retrySubject = (plugin: string, subject: string) => `retry.${plugin}.${subject}`;

/** Delivers an event to one process of the plugin, again after a failure, and parks it for an admin when it keeps failing. */
export async function subscribe(
	bus: Bus,
	database: Database,
	metrics: Metrics,
	plugin: string,
	{event, handle}: Subscription,
	context: Context,
): Promise<void> {
	const subject = eventSubject(event.name);
	const count = (outcome: string) => metrics.events.inc({subject, plugin, outcome});
	for (const from of [subject, retrySubject(plugin, subject)]) {
		await bus.subscribe(from, {
			group: plugin,
			concurrency: EVENT_CONCURRENCY,
			backoff_ms: backoff,
			handle: async message => {
				try {
					await handle(event.payload.parse(message.payload) as never, context);
					count('done');
				} catch (error) {
					if (message.attempt < EVENT_ATTEMPTS) {
						count('failed');
						throw error;
					}
					await database.run(
						`insert into platform.parked_events (id, plugin, subject, payload, attempts, error) values ($1, $2, $3, $4, $5, $6)
						on conflict (id, plugin) do update set attempts = excluded.attempts, error = excluded.error, parked_at = now()`,
						[
							message.id,
							plugin,
							subject,
							JSON.stringify(message.payload),
							message.attempt,
							String(error).slice(0, 500),
						],
					);
					count('parked');
					context.log.error({err: error, event: event.name}, 'an event failed for good; an admin can retry it');
				}
			},
		});
	}
}

/** Takes a parked event and sends it once more to the plugin that failed on it. False where there is none. */
export async function retryParkedEvent(
	tx: {find<Row>(query: string, values: unknown[]): Promise<Row | null>},
	publish: (subject: string, payload: unknown) => Promise<void>,
	id: string,
): Promise<boolean> {
	const row = await tx.find<{plugin: string; subject: string; payload: unknown}>(
		`delete from platform.parked_events where ctid in (select ctid from platform.parked_events where id = $1 limit 1)
		returning plugin, subject, payload`,
		[id],
	);
	if (row === null) return false;
	await publish(retrySubject(row.plugin, row.subject), row.payload);
	return true;
}

/** Every process hears it, or misses it; a failure is logged, since there is nobody to try again. */
export async function listen(bus: Bus, {event, handle}: Subscription, context: Context): Promise<void> {
	await bus.listen(broadcastSubject(event.name), payload => {
		void (async () => handle(event.payload.parse(payload) as never, context))().catch((error: unknown) => {
			context.log.error({err: error, event: event.name}, 'a broadcast was not handled');
		});
	});
}

export async function broadcast<Payload extends z.ZodType>(
	bus: Bus,
	{name, payload: schema}: Event<Payload>,
	payload: z.input<Payload>,
): Promise<void> {
	await bus.broadcast(broadcastSubject(name), schema.parse(payload));
}
