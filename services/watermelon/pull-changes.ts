import {refuseWhereSyncIsOff} from '@hearth/auth/contract.js';
import {type Context, Reply, route, type User} from '@hearth/host/plugin.js';
import {noteDevice} from '@hearth/records/devices.js';
import {readHead} from '@hearth/records/read.js';
import {z} from 'zod';
import {AnswerText} from './answer-text.js';
import {writeChangeLog} from './change-log.js';
import {writeChangeSets} from './change-sets.js';
import {readCursor, timestampOf, versionSeen} from './cursor.js';
import {deviceOf} from './device.js';
import {readMigration} from './migration.js';

const START_OVER = {
	error: {
		code: 'RESYNC_REQUIRED',
		message:
			'lastPulledAt is not of this state of the server: it is from another server, from before a backup was restored, or so old that deletes since then are forgotten. Pull with lastPulledAt=null and replace what you have, or ask with &replacement=true.',
	},
};

const given = z.string().optional();

export const pullChanges = route('GET', '/compat/watermelon/api/sync/pull-changes', {
	summary: 'What changed since the last pull, for pullChanges of WatermelonDB’s synchronize()',
	role: 'member',
	query: z.looseObject({
		/** The timestamp of the last pull; null or 0 at first. */
		lastPulledAt: given,
		/** Taken and not needed: an older app drops the columns it does not know. */
		schemaVersion: given,
		/** What pullChanges is given after the app's schema grew, as JSON text. */
		migration: given,
		/** `log`: a list of change rows in place of change sets. */
		format: z.enum(['changes', 'log'], 'must be changes or log').default('changes'),
		/** true: the client hands experimentalStrategy on, so that it can be told to start over instead of being refused. */
		replacement: given,
	}),
	data: z.object({changes: z.unknown(), timestamp: z.number().int(), experimentalStrategy: z.string().optional()}),
	handle: async ({query, user}, context) => {
		const asked = {
			cursor: readCursor(query.lastPulledAt),
			migration: readMigration(query.migration),
			isLog: query.format === 'log',
			mayReplace: query.replacement === 'true' || query.replacement === '1',
		};
		await refuseWhereSyncIsOff(context, user.id);
		const text = new AnswerText(context);
		try {
			const seen = await write(text, asked, user, context);
			if (seen === null) return new Reply(START_OVER, {status: 410});
			// Afterwards, and by itself: reading waits for nobody.
			const at = new Date(context.now());
			await context.db.as(user.id, tx =>
				noteDevice(tx, user.id, deviceOf(user), {at, pulled_at: at, acked_version: seen}),
			);
			return new Reply(undefined, {
				body: await text.body(),
				headers: {'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store'},
			});
		} catch (error) {
			await text.discard();
			throw error;
		}
	},
});

interface Asked {
	cursor: number | null;
	migration: ReturnType<typeof readMigration>;
	isLog: boolean;
	mayReplace: boolean;
}

/** All of one moment. Answers the version up to which the client had seen everything; null where it must start over and cannot be told so. */
const write = (text: AnswerText, {cursor, migration, isLog, mayReplace}: Asked, {id}: User, {db}: Context) =>
	db.snapshot(async sql => {
		const head = await readHead(sql, id);
		const known = await versionSeen(sql, id, cursor, head);
		if (known === null && (isLog || !mayReplace)) return null;
		const since = known ?? 0;
		const isFirst = cursor === null;
		await text.add('{"changes":');
		if (isLog) await writeChangeLog(sql, id, text, {since, isFirst});
		else {
			await writeChangeSets(sql, id, text, {
				since,
				withDeleted: !isFirst && known !== null,
				live: isFirst ? 'created' : 'updated',
				migration,
			});
		}
		const strategy = known === null ? ',"experimentalStrategy":"replacement"' : '';
		await text.add(`,"timestamp":${timestampOf(head)}${strategy}}`);
		return since;
	}, id);
