import {type Context, job, on} from '@hearth/host/plugin.js';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {labelFailed, labelRead, pictureMoved, type pictureState, type Reading} from './contract.js';
import {doom, removeDoomed, spare} from './doomed-objects.js';
import {enginesOf} from './engines.js';
import {MAX_KEPT_BYTES, type Picture} from './picture.js';
import {readPicture} from './read-picture.js';
import {readingOf} from './reading-of.js';
import {defaultLanguages, MAX_WORKERS} from './settings.js';

// A dead worker's picture waits this long for the next one; a living worker's lease is renewed by the host, however long it reads.
const LEASE_MS = 15_000;

const UNREADABLE =
	'This picture could not be read, though it was tried several times. Take it again in good light and straight on, or type the values in.';

const payload = z.object({image_id: z.uuid(), user_id: z.uuid()});
type Payload = z.output<typeof payload>;

/** Reads one picture. Repeatable: until the transaction at its end nothing of it shows but the progress. */
export const readLabelJob = job('vision.read_label', payload, {
	concurrency: MAX_WORKERS,
	attempts: 4,
	lease_ms: LEASE_MS,
	handle: async (image, {signal}, context) => {
		const {db, objects, settings} = context;
		const before = await begin(image, context);
		// Deleted meanwhile, or read already by a worker whose last word to the host was lost.
		if (before === null) return;
		const jpeg = await objects.read(before.object_key, MAX_KEPT_BYTES);
		const options = {
			languages: before.languages ?? settings.get(defaultLanguages),
			signal,
			progress: async (share: number) => {
				await db.as(image.user_id, tx =>
					tx.run(`update vision.images set progress = $3 where user_id = $1 and id = $2 and status = 'processing'`, [
						image.user_id,
						image.image_id,
						share,
					]),
				);
				await tell(context, image, {status: 'processing', progress: share});
			},
		};
		const found = await enginesOf(settings).readWith(context, engine => readPicture(jpeg, engine, options));
		await finish(image, before.object_key, {reading: readingOf(image.image_id, found), turned: found.turned}, context);
	},
	parked: async ({image_id, user_id}, _error, tx) => {
		// The host parks for the house; the row is seen by its owner alone.
		await tx.run(`select set_config('hearth.user_id', $1, true)`, [user_id]);
		const touched = await tx.run(
			`update vision.images set status = 'failed', error = $3, updated_at = now()
			where user_id = $1 and id = $2 and status in ('queued', 'processing')`,
			[user_id, image_id, UNREADABLE],
		);
		if (touched === 1) await tx.publish(labelFailed, {id: image_id, user_id});
	},
});

/** Whoever watches sees it move; who missed it asks, so a bus that is away holds nothing up. */
async function tell(
	{broadcast, log}: Context,
	{image_id, user_id}: Payload,
	state: Omit<z.output<typeof pictureState>, 'id'>,
): Promise<void> {
	try {
		await broadcast(pictureMoved, {user_id, state: {id: image_id, ...state}});
	} catch (error) {
		log.debug({err: error}, 'the state of a picture was not broadcast');
	}
}

/** Whoever parks the job for the house cannot broadcast. */
export const tellOfFailure = on(labelFailed, ({id, user_id}, context) =>
	tell(context, {image_id: id, user_id}, {status: 'failed', progress: 0, error: UNREADABLE}),
);

interface Before {
	object_key: string;
	languages: string[] | null;
}

const begin = ({image_id, user_id}: Payload, {db}: Context): Promise<Before | null> =>
	db.as(user_id, tx =>
		tx.find<Before>(
			`update vision.images set status = 'processing', progress = 0.05, error = null
			where user_id = $1 and id = $2 and status <> 'done' returning object_key, languages`,
			[user_id, image_id],
		),
	);

/** The reading, the end of the job's visible state and the event together. A turned picture takes the place of the one as it was sent. */
async function finish(
	{image_id, user_id}: Payload,
	old_key: string,
	{reading, turned}: {reading: Reading; turned: Picture | null},
	context: Context,
): Promise<void> {
	const {db, objects, now} = context;
	// A name of its own: two workers that both hold this job must not remove each other's picture.
	const object_key = turned === null ? old_key : `vision/${user_id}/${uuidv7()}.jpg`;
	try {
		if (turned !== null) {
			await doom(db, object_key);
			await objects.put(object_key, turned.jpeg, {content_type: 'image/jpeg'});
		}
		await db.as(user_id, async tx => {
			const touched = await tx.run(
				`update vision.images set status = 'done', progress = 1, error = null, reading = $3, updated_at = $4, object_key = $5,
					width_px = coalesce($6, width_px), height_px = coalesce($7, height_px), size_bytes = coalesce($8, size_bytes)
				where user_id = $1 and id = $2 and object_key = $9 and status <> 'done'`,
				[
					...[user_id, image_id, JSON.stringify(reading), new Date(now()), object_key],
					...[turned?.width_px ?? null, turned?.height_px ?? null, turned?.jpeg.length ?? null, old_key],
				],
			);
			if (touched === 0) return;
			if (turned !== null) {
				await spare(tx, object_key);
				await doom(tx, old_key);
			}
			await tx.publish(labelRead, {id: image_id, user_id});
			tx.afterCommit(() => tell(context, {image_id, user_id}, {status: 'done', progress: 1}));
		});
	} finally {
		// Whichever of the two is nobody's now.
		if (turned !== null) await removeDoomed(context, [old_key, object_key]);
	}
}
