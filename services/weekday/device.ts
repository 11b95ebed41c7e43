import type {User} from '@hearth/host/plugin.js';
import {deviceIdOf} from '@hearth/records/devices.js';

/** A device as it names itself; where it does not, its session stands for it. */
export const deviceOf = (named: unknown, {session_id}: User): string => deviceIdOf('weekday', session_id, named);
