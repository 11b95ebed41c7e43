import {kept} from '../kept.ts';

export type Theme = 'system' | 'light' | 'dark';

export const theme = {
	get: (): Theme => kept.read<Theme>('theme') ?? 'system',
	set(chosen: Theme) {
		kept.write('theme', chosen === 'system' ? null : chosen);
		theme.apply();
	},
	/** Before the first paint; the style sheet does the rest. */
	apply() {
		const chosen = theme.get();
		if (chosen === 'system') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = chosen;
	},
};
