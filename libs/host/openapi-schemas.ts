import {isDeepStrictEqual} from 'node:util';
import {z} from 'zod';

/** As much of JSON Schema 2020-12 as is looked into here. */
export interface JsonSchema {
	[keyword: string]: unknown;
	properties?: Record<string, JsonSchema>;
	required?: string[];
	anyOf?: JsonSchema[];
	allOf?: JsonSchema[];
	$ref?: string;
}

const COMPONENT = '#/components/schemas/';

/**
 * Turns zod schemas into JSON Schema for one OpenAPI document. Schemas with `.meta({id: 'food'})`, and those that contain
 * themselves, become components and are referred to; what `input` and `output` say differently gets two names.
 */
export class SchemaBook {
	readonly components: Record<string, JsonSchema>;

	constructor(components: Record<string, JsonSchema>) {
		this.components = {...components};
	}

	/** `place` names what has no name of its own. Nothing given means any object. */
	of(schema: unknown, io: 'input' | 'output', place: string): JsonSchema {
		if (schema === undefined) return {type: 'object'};
		const {
			$schema,
			$defs = {},
			...root
		} = z.toJSONSchema(schema as z.ZodType, {
			io,
			// What JSON cannot say (a transformation's result) is anything to the page; a Date leaves as text.
			unrepresentable: 'any',
			override: ({zodSchema, jsonSchema}) => {
				if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, {type: 'string', format: 'date-time'});
				// zod closes what it puts out; an answer may gain fields, so the page must not promise that it never does.
				if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
			},
		}) as JsonSchema & {$defs?: Record<string, JsonSchema>};
		const names = new Map<string, string>();
		for (const [given, definition] of Object.entries($defs)) {
			// zod's own names for what has none begin with `__`.
			const own = given.startsWith('__') ? `${place}${given.slice(1)}` : given.replaceAll(/[^\w.-]/g, '_');
			names.set(`#/$defs/${given}`, this.#nameFor(own, definition, io));
		}
		// `#` is the schema itself, which will not stand at the document's root.
		if (JSON.stringify(root).includes('"$ref":"#"')) names.set('#', this.#nameFor(place, root, io));
		for (const [given, definition] of Object.entries($defs)) {
			this.components[names.get(`#/$defs/${given}`) ?? given] = renamed(definition, names);
		}
		const itself = names.get('#');
		if (itself === undefined) return renamed(root, names);
		this.components[itself] = renamed(root, names);
		return {$ref: `${COMPONENT}${itself}`};
	}

	/** The fields of an object schema, also of one made of several; of alternatives only what all ask for is required. */
	fieldsOf(schema: unknown, place: string): {properties: Record<string, JsonSchema>; required: string[]} {
		const collect = ({
			$ref,
			allOf,
			anyOf,
			properties = {},
			required = [],
		}: JsonSchema): ReturnType<SchemaBook['fieldsOf']> => {
			if ($ref !== undefined) return collect(this.components[$ref.slice(COMPONENT.length)] ?? {});
			const all = (allOf ?? []).map(collect);
			const any = (anyOf ?? []).map(collect);
			const [first, ...others] = any.map(part => part.required);
			return {
				properties: Object.assign({}, ...[...all, ...any].map(part => part.properties), properties),
				required: [
					...required,
					...all.flatMap(part => part.required),
					...(first ?? []).filter(name => others.every(names => names.includes(name))),
				],
			};
		};
		return collect(this.of(schema, 'input', place));
	}

	/** The definition's own name, unless another of that name says something else already. */
	#nameFor(own: string, definition: JsonSchema, io: 'input' | 'output'): string {
		for (let name = own, n = 1; ; n++) {
			const before = this.components[name];
			if (before === undefined || isDeepStrictEqual(withoutRefs(before), withoutRefs(definition))) return name;
			name = n === 1 ? `${own}_${io}` : `${own}_${io}_${n}`;
		}
	}
}

const withoutRefs = (schema: JsonSchema): unknown =>
	JSON.parse(JSON.stringify(schema, (key, value) => (key === '$ref' ? undefined : value)));

function renamed(schema: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
	return JSON.parse(
		JSON.stringify(schema, (key, value: unknown) => {
			if (key !== '$ref' || typeof value !== 'string') return value;
			const name = names.get(value);
			return name === undefined ? value : `${COMPONENT}${name}`;
		}),
	);
}
