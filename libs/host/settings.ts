import {readFileSync} from 'node:fs';
import {z} from 'zod';

/** One value the house can be told, by environment variable or by a file named in `<NAME>_FILE`. */
export interface Setting<T> {
	readonly name: string;
	readonly schema: z.ZodType<T>;
	/** One line for `.env.example` and `hearth settings`. */
	readonly summary: string;
	/** Printed as `set`, never as it is. */
	readonly secret: boolean;
}

/** Declares a setting. The schema takes the text of the environment (use `z.coerce`) and carries the default. */
export const setting = <T>(
	name: string,
	schema: z.ZodType<T>,
	summary: string,
	{secret = false}: {secret?: boolean} = {},
): Setting<T> => ({name, schema, summary, secret});

/** All settings, checked once. */
export interface Settings {
	get<T>(setting: Setting<T>): T;
}

/** Every wrong setting in one message, each with what was expected. */
export class SettingsError extends Error {
	override readonly name = 'SettingsError';
}

type Environment = Record<string, string | undefined>;

/**
 * Parses every declared setting from the environment. An empty value counts as not given; a wrong one is never replaced by the
 * default. Throws one `SettingsError` that lists all that is wrong.
 */
export function readSettings(declared: Iterable<Setting<unknown>>, environment: Environment): Settings {
	const values = new Map<string, unknown>();
	const problems: string[] = [];
	for (const {name, schema, secret} of declared) {
		const given = readOne(name, environment);
		if ('problem' in given) {
			problems.push(given.problem);
			continue;
		}
		const parsed = schema.safeParse(given.value);
		if (parsed.success) values.set(name, parsed.data);
		else {
			const was =
				given.value === undefined
					? 'is not set'
					: secret
						? 'is set to something else'
						: `is ${JSON.stringify(given.value)}`;
			problems.push(`${name} ${was}: ${parsed.error.issues.map(issue => issue.message).join('; ')}`);
		}
	}
	if (problems.length > 0) {
		throw new SettingsError(
			`${problems.length === 1 ? 'One setting is' : `${problems.length} settings are`} wrong. Correct the environment or .env and start again:\n${problems
				.map(problem => `  - ${problem}`)
				.join('\n')}`,
		);
	}
	return {
		get<T>({name}: Setting<T>): T {
			if (!values.has(name)) throw new Error(`The setting ${name} was not declared by the plugin that reads it`);
			return values.get(name) as T;
		},
	};
}

function readOne(name: string, environment: Environment): {value: string | undefined} | {problem: string} {
	const value = environment[name] || undefined;
	const file = environment[`${name}_FILE`] || undefined;
	if (file === undefined) return {value};
	if (value !== undefined) return {problem: `${name} and ${name}_FILE are both set: keep one`};
	try {
		return {value: readFileSync(file, 'utf8').trimEnd() || undefined};
	} catch (error) {
		return {problem: `${name}_FILE names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code})`};
	}
}

/** `on`/`off`, for a setting that switches something. */
export const onOff = (byDefault: boolean) =>
	z
		.enum(['on', 'off'], {error: 'expected on or off'})
		.default(byDefault ? 'on' : 'off')
		.transform(value => value === 'on');
