import {z} from 'zod';
import {library, line} from './library.js';
import {SETTINGS_OPTIONS} from './starter/settings-options.js';

export const settingsOptions = library('settings-options', {
	summary: 'What settings of an app may be: units, theme, language',
	fields: z.object({
		setting: line(60),
		value: line(60),
		/** For apps that keep a number in place of the value. A house’s own begin at 100,000. */
		number: z.int().min(1).max(2_147_483_647),
		is_default: z.boolean().default(false),
	}),
	filters: {
		setting: {
			schema: z.string().max(60).optional(),
			keeps: ({setting}, wanted: string) => setting === wanted,
		},
	},
	alsoFoundBy: ({setting, value}) => [String(setting).replaceAll('_', ' '), String(value)],
	starter: () =>
		SETTINGS_OPTIONS.map(([number, setting, value, name, is_default]) => ({
			key: `${setting}-${value}`.toLowerCase(),
			name,
			other_names: [],
			sources: [],
			setting,
			value,
			number,
			is_default: is_default !== undefined,
		})),
});
