import type {User} from '@hearth/host/plugin.js';
import {deviceIdOf} from '@hearth/records/devices.js';
import type {Kind} from './kinds.js';

/** The protocol names no device, so it is the session that stands for one. */
export const deviceOf = ({session_id}: Pick<User, 'session_id'>): string => deviceIdOf('modi', session_id);

/** Each kind has a cursor of its own, noted as the time of its last pull. */
export const readerOf = (user: User, {path}: Kind): string => `${deviceOf(user)}:${path}`;
