import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, route, type Transaction} from '@hearth/host/plugin.js';
import pLimit from 'p-limit';
import {v7 as uuidv7} from 'uuid';
import {z} from 'zod';
import {type ImageStatus, imageStatus} from './contract.js';
import {doom, removeDoomed, spare} from './doomed-objects.js';
import {type Language, languages} from './languages.js';
import {MAX_UPLOAD_BYTES, type Picture, preparePicture} from './picture.js';
import {readLabelJob} from './read-label.js';

// A decoder may take 0.5 GB for the worst picture allowed, so in a process they take turns.
const oneAtATime = pLimit(1);
// At a second or two each, the last in line waits half a minute; a client gives up not much later.
const MAX_WAITING = 20;
// More than anybody photographs before the first are read.
const MAX_UNREAD = 100;

const accepted = z.object({id: z.uuid(), status: imageStatus, status_url: z.string(), result_url: z.string()});

/** Takes a photograph of a label. The same picture by the same owner is the one there is already, and is not read again. */
export const uploadPicture = route('POST', '/api/v1/images/upload', {
	summary: 'Upload a photograph of a nutrition label',
	role: 'member',
	upload: {field: 'image', max_bytes: MAX_UPLOAD_BYTES},
	body: z.object({languages: languages.optional()}),
	data: accepted,
	status: 202,
	limit: {per_minute: 30, by: 'user', bucket: 'uploads'},
	handle: async ({file, body, user}, context) => {
		if (file === undefined) throw new PublicError('VALIDATION_ERROR', 'Send exactly one file, in the field "image".');
		const upload = {read: () => readFile(file.path), user_id: user.id, languages: body.languages ?? null};
		return answer(await keepUpload(upload, context));
	},
});

/** Throws UNSUPPORTED_MEDIA and UNPROCESSABLE for what is no picture we read, UNAVAILABLE and RATE_LIMITED where there are too many. */
export async function keepUpload(
	{read, user_id, languages}: {read: () => Promise<Buffer>; user_id: string; languages: Language[] | null},
	context: Context,
): Promise<Known> {
	const {picture, sha256, known} = await check(read, user_id, context);
	return known ?? keep({picture, sha256, user_id, languages}, context);
}

interface Known {
	id: string;
	status: ImageStatus;
}

const answer = ({id, status}: Known) => ({
	id,
	status,
	status_url: `/api/v1/images/${id}/status`,
	result_url: `/api/v1/images/${id}/result`,
});

type Checked = {sha256: Buffer} & ({picture: Picture; known: null} | {picture: null; known: Known});

function check(read: () => Promise<Buffer>, user_id: string, {db}: Context): Promise<Checked> {
	if (oneAtATime.pendingCount >= MAX_WAITING) {
		throw new PublicError('UNAVAILABLE', 'Too many pictures are being sent at once. Try again in a minute.');
	}
	return oneAtATime(async () => {
		const upload = await read();
		const sha256 = createHash('sha256').update(upload).digest();
		const known = await db.as(user_id, async tx => {
			const row = await tx.find<Known>('select id, status from vision.images where user_id = $1 and sha256 = $2', [
				user_id,
				sha256,
			]);
			return row === null ? null : readAgainIfFailed(tx, row, user_id);
		});
		return known === null ? {sha256, known, picture: await preparePicture(upload)} : {sha256, known, picture: null};
	});
}

/** The object first, then its row and its job together: a picture that has an id is never lost, and one that has none leaves nothing. */
async function keep(
	{
		picture,
		sha256,
		user_id,
		languages,
	}: {picture: Picture; sha256: Buffer; user_id: string; languages: Language[] | null},
	context: Context,
): Promise<Known> {
	const {db, objects, now} = context;
	const id = uuidv7();
	const object_key = `vision/${user_id}/${id}.jpg`;
	let kept = false;
	await doom(db, object_key);
	try {
		await objects.put(object_key, picture.jpeg, {content_type: 'image/jpeg'});
		return await db.as(user_id, async tx => {
			await checkUnread(tx, user_id);
			// Of two uploads of one picture at once the second waits here for the first, and then finds it.
			const row = await tx.one<Known>(
				`insert into vision.images (id, user_id, sha256, object_key, width_px, height_px, size_bytes, languages, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
				on conflict (user_id, sha256) do update set updated_at = images.updated_at
				returning id, status`,
				[
					id,
					user_id,
					sha256,
					object_key,
					picture.width_px,
					picture.height_px,
					picture.jpeg.length,
					languages,
					new Date(now()),
				],
			);
			if (row.id !== id) return readAgainIfFailed(tx, row, user_id);
			await spare(tx, object_key);
			await tx.enqueue(readLabelJob, {image_id: id, user_id}, {key: id});
			tx.afterCommit(() => {
				kept = true;
			});
			return row;
		});
	} finally {
		if (!kept) await removeDoomed(context, [object_key]);
	}
}

/** Who sends a picture again that could not be read wants it tried again. */
async function readAgainIfFailed(tx: Transaction, known: Known, user_id: string): Promise<Known> {
	if (known.status !== 'failed') return known;
	await tx.run(
		`update vision.images set status = 'queued', progress = 0, error = null where user_id = $1 and id = $2 and status = 'failed'`,
		[user_id, known.id],
	);
	await tx.enqueue(readLabelJob, {image_id: known.id, user_id}, {key: known.id});
	return {...known, status: 'queued'};
}

async function checkUnread(tx: Transaction, user_id: string): Promise<void> {
	const {count} = await tx.one<{count: number}>(
		`select count(*) from vision.images where user_id = $1 and status in ('queued', 'processing')`,
		[user_id],
	);
	if (count >= MAX_UNREAD) {
		throw new PublicError(
			'RATE_LIMITED',
			`${count} of your pictures are still waiting to be read. Send more when they are done.`,
		);
	}
}
