import {PublicError} from '@hearth/host/errors.js';
import {z} from 'zod';
import {tables} from './tables.js';

/** What an update of the app brought that its older version had no place for. */
export interface Migration {
	tables: string[];
	columns: {table: string; column: string}[];
}

const asSent = z.object({
	tables: z.array(z.string()).max(1_000).default([]),
	columns: z
		.array(z.object({table: z.string(), columns: z.array(z.string()).max(1_000)}))
		.max(1_000)
		.default([]),
});

/** The query's value, JSON text. Tables and columns that there are none of here are left out. Throws VALIDATION_ERROR. */
export function readMigration(given: string | undefined): Migration | null {
	if (given === undefined || given === '' || given === 'null' || given === 'undefined') return null;
	const {tables: added, columns} = parse(given);
	return {
		tables: added.filter(name => tables.has(name)),
		columns: columns.flatMap(({table, columns: names}) =>
			names.filter(column => tables.get(table)?.kindOf(column) !== undefined).map(column => ({table, column})),
		),
	};
}

function parse(given: string): z.output<typeof asSent> {
	try {
		return asSent.parse(JSON.parse(given));
	} catch (cause) {
		const message = 'must be JSON text, {"from": 1, "tables": ["…"], "columns": [{"table": "…", "columns": ["…"]}]}';
		throw new PublicError(
			'VALIDATION_ERROR',
			`migration ${message}, as WatermelonDB gives it to pullChanges, or null.`,
			{
				details: [{path: 'migration', message}],
				cause,
			},
		);
	}
}
