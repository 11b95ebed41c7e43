import type {Sql} from '@hearth/ports/database.js';
import {v5 as uuidv5} from 'uuid';
import type {Food} from './contract.js';
import type {FoodDescription} from './describe-food.js';
import {learnWords} from './near-words.js';
import {storedForm} from './store-food.js';

/** A food as another database has it. */
export interface ImportedFood extends FoodDescription {
	source: Extract<Food['source'], 'usda' | 'openfoodfacts'>;
	source_id: string;
	licence: string;
	/** How often it is chosen, by whatever its source counts; 0 where it does not. */
	popularity: number;
}

/** What an import stands on. */
export interface ImportContext {
	db: Sql & {transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>};
	now: () => number;
}

export interface Written {
	added: number;
	changed: number;
	/** They are as they were, or the house has corrected them, or has a verified food of its own with this barcode. */
	kept: number;
}

/** A food with what follows from it, as the database takes it. */
interface PreparedFood {
	id: string;
	words: string[];
	gtin: string | null;
	source_id: string;
	row: Record<string, unknown>;
}
type Prepared = readonly PreparedFood[];

/** Of ids of imported foods: the same in every house and at every import. */
const NAMESPACE = '0b7f0d0e-6c0f-4e0b-8f5a-0c8a8c2f6d11';
export const importedFoodId = ({source, source_id}: Pick<ImportedFood, 'source' | 'source_id'>) =>
	uuidv5(`${source}:${source_id}`, NAMESPACE);

/** Words that are known to be there, so that each batch brings only its new ones. Forgotten when they are many. */
const MAX_KNOWN_WORDS = 200_000;

/** Writes imported foods as verified ones, batch by batch; answers the function that does. */
export function foodWriter({now}: Pick<ImportContext, 'now'>) {
	const known = new Set<string>();

	/** The search's words come first and for themselves: they harm nobody, and no two writers wait for each other in a circle. */
	async function learn(sql: Sql, words: Iterable<string>): Promise<void> {
		const unknown = [...new Set(words)].filter(word => !known.has(word));
		if (unknown.length === 0) return;
		await learnWords(sql, unknown);
		if (known.size > MAX_KNOWN_WORDS) known.clear();
		for (const word of unknown) known.add(word);
	}

	return {
		/** What needs no database. The last of several with one id counts. */
		prepare(foods: readonly ImportedFood[]): PreparedFood[] {
			const rows = new Map<string, PreparedFood>();
			for (const food of foods) {
				const id = importedFoodId(food);
				const {columns, words} = storedForm(food);
				const {source, source_id, licence, popularity} = food;
				// Words are letters and digits, so they need no escape in the text of a tsvector.
				const search = words.map(word => `'${word}'`).join(' ');
				rows.set(id, {
					id,
					words,
					gtin: columns.gtin,
					source_id,
					row: {...columns, id, source, source_id, licence, popularity, search},
				});
			}
			// In one order, so that two imports that share foods never wait for each other in a circle.
			return [...rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
		},

		learn: (sql: Sql, prepared: Prepared) =>
			learn(
				sql,
				prepared.flatMap(({words}) => words),
			),

		async write(sql: Sql, prepared: Prepared): Promise<Written> {
			const none = {added: 0, changed: 0, kept: 0};
			if (prepared.length === 0) return none;
			const own = await ownAmong(sql, prepared);
			const rows = prepared.filter(({gtin, source_id}) => !own.has(gtin) && !own.has(source_id)).map(({row}) => row);
			if (rows.length === 0) return {...none, kept: prepared.length};
			const columns = Object.keys(rows[0] ?? {});
			const given = columns.filter(name => name !== 'id');
			const {added, changed} = await sql.one<{added: number; changed: number}>(
				`with written as (
					insert into food.foods (${columns.join(', ')}, status, verified_at, created_at, updated_at)
					select ${columns.join(', ')}, 'verified', $2, $2, $2 from json_populate_recordset(null::food.foods, $1::json)
					on conflict (id) do update set ${given.map(name => `${name} = excluded.${name}`).join(', ')}, updated_at = excluded.updated_at
					where foods.status = 'verified'
						and (${given.map(name => `foods.${name}`).join(', ')}) is distinct from (${given.map(name => `excluded.${name}`).join(', ')})
						and not exists (select 1 from food.history where food_id = foods.id)
					returning xmax = 0 as is_new
				)
				select count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed from written`,
				[JSON.stringify(rows), new Date(now())],
			);
			return {added, changed, kept: prepared.length - added - changed};
		},
	};
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Of the barcodes, those of which the house has a verified food that its people made: theirs is the better. Of the codes, those that are
 * ids of its own foods, which its own export names so where they have no barcode.
 */
async function ownAmong(sql: Sql, prepared: Prepared): Promise<Set<string | null>> {
	const gtins = prepared.flatMap(({gtin}) => gtin ?? []);
	const ids = prepared.map(({source_id}) => source_id).filter(code => UUID.test(code));
	const rows = await sql.many<{own: string}>(
		`select gtin as own from food.foods where gtin = any($1) and source in ('user', 'label') and status = 'verified'
		union select id::text from food.foods where id = any($2::uuid[])`,
		[gtins, ids],
	);
	return new Set(rows.map(({own}) => own));
}
