import {setting} from '@hearth/host/settings.js';
import {z} from 'zod';

export const tombstoneDays = setting(
	'HEARTH_TOMBSTONE_DAYS',
	z.coerce.number({error: 'expected a number of days, 30–3650'}).int().min(30).max(3650).default(180),
	'Days after which a delete is forgotten; a device that was away for longer starts over, and loses nothing it has not sent',
);
