import {setting} from '@hearth/host/settings.js';
import {z} from 'zod';

export const registration = setting(
	'HEARTH_REGISTRATION',
	z.enum(['invite', 'open', 'closed'], {error: 'expected invite, open or closed'}).default('invite'),
	'Who may make an account: invite, open or closed; the first one, the admin, always can with the setup code',
);

export const authLimit = setting(
	'HEARTH_AUTH_LIMIT',
	z.coerce.number({error: 'expected a number of requests, 1–10000'}).int().min(1).max(10_000).default(10),
	'Attempts a minute to register or sign in, for each address with account',
);
