import type {User} from '@hearth/host/plugin.js';
import type {Sql} from '@hearth/ports/database.js';
import {deviceIdOf, noteDevice} from '@hearth/records/devices.js';

/** A device as it names itself; where it does not, its session stands for it. */
export const deviceOf = (named: unknown, {session_id}: User): string => deviceIdOf('packing', session_id, named);

/** Who pulls or acknowledges does not say which device it is, so it is the session that is noted. */
export const noteSession = (tx: Sql, user: User, did: Parameters<typeof noteDevice>[3]) =>
	noteDevice(tx, user.id, deviceOf(undefined, user), did);
