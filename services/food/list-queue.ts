import {getUsers} from '@hearth/auth/contract.js';
import {PublicError} from '@hearth/host/errors.js';
import {type Context, Reply, route} from '@hearth/host/plugin.js';
import {nutrientValues} from '@hearth/nutrition/nutrients.js';
import {box} from '@hearth/nutrition/words.js';
import {z} from 'zod';
import {type Food, type FoodEdits, flag, food, foodEdits, foodStatus, nutrientEdits} from './contract.js';
import {OLDEST_FIRST, pageOf, readCursor, type TimePlace, timePlace} from './cursor.js';
import {descriptionOf, edited, flagsOf} from './describe-food.js';
import {type Duplicate, findDuplicates} from './find-duplicates.js';
import {FOOD_COLUMNS} from './store-food.js';

const queueItem = z.object({
	kind: z.enum(['new', 'edit']),
	food,
	/** Of an edit: what approve and reject take as their id; of a new food they take the food's. */
	proposal_id: z.uuid().nullable(),
	/** Of an edit: what would be said of the food if it were approved now. */
	proposed: foodEdits.optional(),
	submitted_by: z.object({id: z.uuid(), name: z.string().nullable()}).nullable(),
	submitted_at: z.date(),
	image: z.object({id: z.uuid(), url: z.string(), boxes: z.record(z.string(), box)}).nullable(),
	/** What was read on the label, and what its author changed of that. */
	extracted: nutrientValues.nullable(),
	corrections: nutrientEdits.nullable(),
	flags: z.array(flag),
	duplicates: z.array(z.object({food, score: z.number(), why: z.string()})),
});

/** What people sent in and nobody has decided yet, the longest waiting first. */
export const listQueue = route('GET', '/api/v1/admin/foods/queue', {
	summary: 'The moderators’ queue of new foods and proposed edits, oldest first',
	role: 'moderator',
	query: z.object({
		status: foodStatus.default('pending'),
		kind: z.enum(['new', 'edit']).optional(),
		limit: z.coerce.number().int().min(1).max(200).default(50),
		cursor: z.string().max(500).optional(),
	}),
	data: z.array(queueItem),
	handle: async ({query: {status, kind, limit, cursor}}, context) => {
		const after = cursor === undefined ? OLDEST_FIRST : readCursor(timePlace, cursor);
		const rows = await listRows(context, status, kind, after, limit + 1);
		const {shown, meta} = pageOf(rows, limit, last => [last.submitted_at.getTime(), last.item_id]);
		return new Reply(await toItems(context, shown, status === 'pending'), {meta});
	},
});

interface Row extends Food {
	item_id: string;
	proposal_id: string | null;
	edits: FoodEdits | null;
	submitted_by: string | null;
	submitted_at: Date;
	extracted: z.output<typeof nutrientValues> | null;
	boxes: Record<string, z.output<typeof box>> | null;
	corrections: z.output<typeof nutrientEdits> | null;
}

// Two lists in order by an index each. A merged food is among the rejected; one that was imported never was in the queue.
function listRows(
	{db}: Context,
	status: string,
	kind: 'new' | 'edit' | undefined,
	[at, id]: TimePlace,
	limit: number,
): Promise<Row[]> {
	const newFoods = `(
		select id as item_id, id as food_id, null::uuid as proposal_id, null::jsonb as edits, created_by as submitted_by, created_at as submitted_at
		from food.foods
		where source in ('user', 'label') and status = $1 and (created_at, id) > ($2::timestamptz, $3::uuid)
		order by created_at, id limit $4)`;
	const edits = `(
		select id, food_id, id, edits, created_by, created_at
		from food.proposals where status = $1 and (created_at, id) > ($2::timestamptz, $3::uuid)
		order by created_at, id limit $4)`;
	const lists = kind === 'new' ? newFoods : kind === 'edit' ? edits : `${newFoods} union all ${edits}`;
	return db.many<Row>(
		`with items (item_id, food_id, proposal_id, edits, submitted_by, submitted_at) as (${lists})
		select items.item_id, items.proposal_id, items.edits, items.submitted_by, items.submitted_at, extracted, boxes, corrections,
			${FOOD_COLUMNS}
		from items join food.foods on foods.id = items.food_id
		order by items.submitted_at, items.item_id limit $4`,
		[status, new Date(at), id, limit],
	);
}

async function toItems(
	context: Context,
	rows: readonly Row[],
	undecided: boolean,
): Promise<z.input<typeof queueItem>[]> {
	const names = await namesOf(context, rows);
	const duplicates = undecided ? await findDuplicates(context.db, rows.map(described)) : new Map<string, Duplicate[]>();
	return rows.map(row => {
		const {item_id, proposal_id, edits, submitted_by, submitted_at, extracted, boxes, corrections, ...rest} = row;
		const proposed = edits === null ? undefined : described(row).description;
		return {
			kind: proposal_id === null ? ('new' as const) : ('edit' as const),
			food: rest,
			proposal_id,
			...(proposed && {proposed}),
			submitted_by: submitted_by === null ? null : {id: submitted_by, name: names.get(submitted_by) ?? null},
			submitted_at,
			// Once decided the picture is its author's alone again.
			image:
				rest.image_id === null || rest.status !== 'pending'
					? null
					: {id: rest.image_id, url: `/api/v1/images/${rest.image_id}`, boxes: boxes ?? {}},
			extracted,
			corrections,
			flags: proposed === undefined ? rest.flags : flagsOf(proposed),
			duplicates: duplicates.get(item_id) ?? [],
		};
	});
}

/** What an item says of its food: as it is, or as it would be. */
const described = (row: Row) => ({
	item_id: row.item_id,
	food_id: row.id,
	description: row.edits === null ? descriptionOf(row) : edited(row, row.edits),
});

/** Names of those who sent something in. The queue works without them while the accounts are away. */
async function namesOf(context: Context, rows: readonly Row[]): Promise<Map<string, string>> {
	const ids = [...new Set(rows.map(({submitted_by}) => submitted_by).filter(id => id !== null))];
	if (ids.length === 0) return new Map();
	try {
		const {users} = await context.call(getUsers, {ids});
		return new Map(users.map(({id, name}) => [id, name]));
	} catch (error) {
		if (!(error instanceof PublicError) || error.code !== 'UNAVAILABLE') throw error;
		context.log.warn({err: error}, 'the queue is shown without names');
		return new Map();
	}
}
