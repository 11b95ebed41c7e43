import {z} from 'zod';
import {platformSettings} from '../platform-settings.js';
import type {Plugin} from '../plugin.js';
import {readSettings, type Setting} from '../settings.js';
import {withKeyToCome} from './environment.js';
import type {AddCommand, Environment} from './shell.js';
import {table} from './table.js';

export const settings: AddCommand = (program, {discovered: {plugins}, environment, print}) => {
	program
		.command('settings')
		.description('lists every setting with its value; a secret shows as `set`')
		.option('--example', 'prints .env.example: every setting with its default')
		.action(({example}: {example?: true}) => {
			const owners = ownersOf(plugins);
			if (example === true) {
				for (const line of exampleOf(owners)) print(line);
				return;
			}
			const all = owners.flatMap(owner => owner.settings);
			const rows = all.map(setting => [setting.name, shown(setting, environment), setting.summary]);
			for (const line of table([['name', 'value', ''], ...rows])) print(line);
			// Throws when one is wrong, with every wrong one in its message.
			readSettings(all, withKeyToCome(environment));
		});
};

interface Owner {
	title: string;
	settings: Setting<unknown>[];
}

/** Every setting once, under whoever declares it first. */
function ownersOf(plugins: readonly Plugin[]): Owner[] {
	const seen = new Set<string>();
	const once = (settings: readonly Setting<unknown>[]) =>
		settings.filter(({name}) => {
			const isNew = !seen.has(name);
			seen.add(name);
			return isNew;
		});
	return [
		{title: 'The house', settings: once(platformSettings)},
		...plugins.map(({name, summary, settings: own = []}) => ({title: `${name}: ${summary}`, settings: once(own)})),
	].filter(owner => owner.settings.length > 0);
}

/** The value as it was given, or its default; nothing of a secret but that it is set. */
function shown(setting: Setting<unknown>, environment: Environment): string {
	const file = environment[`${setting.name}_FILE`];
	const given = environment[setting.name];
	if (setting.secret) return file || given ? 'set' : '';
	if (file) return `(in ${file})`;
	if (given) return given;
	const byDefault = defaultOf(setting);
	return byDefault === '' ? '' : `${byDefault} (default)`;
}

/** As a person would write it; empty where there is none. */
function defaultOf({schema}: Setting<unknown>): string {
	const {default: value} = z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'});
	return value === undefined ? '' : String(value);
}

function exampleOf(owners: readonly Owner[]): string[] {
	return [
		'# Every setting of Hearth with its default. Copy what you change to .env, without the # in front.',
		'# In place of NAME, NAME_FILE may name a file that holds the value; a secret is best given so.',
		'# Made by `npm run hearth -- settings --example`.',
		...owners.flatMap(({title, settings: own}) => [
			'',
			`# ---- ${title}`,
			...own.flatMap(setting => [
				'',
				`# ${setting.summary}`,
				`#${setting.name}=${setting.secret ? '' : defaultOf(setting)}`,
			]),
		]),
	];
}
