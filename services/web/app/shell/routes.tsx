import type {Role} from '../api/types.ts';
import type {IconName} from '../design/icon.tsx';
import {messages} from '../messages.ts';
import type {Load} from './later.tsx';

// The whole app at a glance. One with `nav` stands in the bar.

export interface Screen {
	path: string;
	load: Load;
	nav?: {icon: IconName; label: string; prominent?: boolean};
	/** Only for these; others do not see it. */
	roles?: readonly Role[];
}

const MODERATORS: readonly Role[] = ['moderator', 'admin'];

/** For whoever is signed in. The first that matches is shown; parameters are given to the page as properties. */
export const SCREENS: readonly Screen[] = [
	{
		path: '/',
		load: () => import('../features/foods/search-page.tsx'),
		nav: {icon: 'search', label: messages.nav.foods},
	},
	{path: '/foods/new', load: () => import('../features/foods/new-food-page.tsx')},
	{path: '/foods/:id/edit', load: () => import('../features/foods/edit-food-page.tsx')},
	{path: '/foods/:id', load: () => import('../features/foods/food-page.tsx')},
	{
		path: '/labels',
		load: () => import('../features/labels/choose-page.tsx'),
		nav: {icon: 'camera', label: messages.nav.label, prominent: true},
	},
	{path: '/labels/:id', load: () => import('../features/labels/label-page.tsx')},
	{
		path: '/queue',
		load: () => import('../features/moderation/queue-page.tsx'),
		nav: {icon: 'inbox', label: messages.nav.queue},
		roles: MODERATORS,
	},
	{path: '/queue/:item', load: () => import('../features/moderation/review-page.tsx'), roles: MODERATORS},
	{
		path: '/household',
		load: () => import('../features/household/household-page.tsx'),
		nav: {icon: 'people', label: messages.nav.household},
	},
	{
		path: '/account',
		load: () => import('../features/account/account-page.tsx'),
		nav: {icon: 'person', label: messages.nav.account},
	},
];

/** For whoever is not signed in; any other path shows the sign-in, and what was asked for afterwards. */
export const DOORS: readonly Screen[] = [
	{path: '/invite/:code', load: () => import('../features/session/register-page.tsx')},
	{path: '/register', load: () => import('../features/session/register-page.tsx')},
	{path: '/*?', load: () => import('../features/session/sign-in-page.tsx')},
];
