import type {User} from '@hearth/host/plugin.js';
import {deviceIdOf} from '@hearth/records/devices.js';

/** The protocol names no device, so it is the session that stands for one. */
export const deviceOf = ({session_id}: Pick<User, 'session_id'>): string => deviceIdOf('watermelon', session_id);
