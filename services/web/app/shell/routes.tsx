import {type ComponentType, lazy} from 'react';
import type {Role} from '../api/types.ts';
import type {IconName} from '../design/icon.tsx';
import {messages} from '../messages.ts';

// The whole app at a glance. A page is loaded when it is first opened; one with `nav` stands in the bar.

// biome-ignore lint/suspicious/noExplicitAny: each page names the parameters of its own path
type AnyPage = ComponentType<any>;

type Load = () => Promise<{default: AnyPage}>;
const later = (load: Load) => ({load, page: lazy(load)});

export interface Screen {
	path: string;
	page: AnyPage;
	/** Fetches the page's code, without showing it. */
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
		...later(() => import('../features/foods/search-page.tsx')),
		nav: {icon: 'search', label: messages.nav.foods},
	},
	{path: '/foods/new', ...later(() => import('../features/foods/new-food-page.tsx'))},
	{path: '/foods/:id/edit', ...later(() => import('../features/foods/edit-food-page.tsx'))},
	{path: '/foods/:id', ...later(() => import('../features/foods/food-page.tsx'))},
	{
		path: '/labels',
		...later(() => import('../features/labels/choose-page.tsx')),
		nav: {icon: 'camera', label: messages.nav.label, prominent: true},
	},
	{path: '/labels/:id', ...later(() => import('../features/labels/label-page.tsx'))},
	{
		path: '/queue',
		...later(() => import('../features/moderation/queue-page.tsx')),
		nav: {icon: 'inbox', label: messages.nav.queue},
		roles: MODERATORS,
	},
	{path: '/queue/:item', ...later(() => import('../features/moderation/review-page.tsx')), roles: MODERATORS},
	{
		path: '/household',
		...later(() => import('../features/household/household-page.tsx')),
		nav: {icon: 'people', label: messages.nav.household},
	},
	{
		path: '/account',
		...later(() => import('../features/account/account-page.tsx')),
		nav: {icon: 'person', label: messages.nav.account},
	},
];

/** For whoever is not signed in; any other path shows the sign-in, and what was asked for afterwards. */
export const DOORS: readonly Screen[] = [
	{path: '/invite/:code', ...later(() => import('../features/session/register-page.tsx'))},
	{path: '/register', ...later(() => import('../features/session/register-page.tsx'))},
	{path: '/*?', ...later(() => import('../features/session/sign-in-page.tsx'))},
];
