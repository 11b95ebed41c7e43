import {event} from '@hearth/host/plugin.js';
import {z} from 'zod';

/** Told to every process after revisions came; may be lost. Of what changes no record nobody else tells: a conflict, or its end. */
export const databasesAdvanced = event('couchdb.advanced', z.object({user_id: z.uuid()}));
