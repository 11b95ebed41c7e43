import type {User} from '@hearth/host/plugin.js';
import {deviceIdOf} from '@hearth/records/devices.js';

/** The protocol names no device, so it is the session that stands for one. */
export const deviceOf = ({session_id}: Pick<User, 'session_id'>): string => deviceIdOf('health', session_id);

/** Its pulls are noted by what it asked for: each kind of record has a cursor of its own. */
export const readerOf = (user: User, what: string): string => `${deviceOf(user)}:${what}`;
