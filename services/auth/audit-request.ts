import type {AuditEntry} from '@hearth/host/plugin.js';
import type {Asking} from './asking.js';

/** From where something was done, as the audit log keeps it. */
export function auditRequest({id, ip, headers}: Omit<Asking, 'local'>): NonNullable<AuditEntry['request']> {
	const user_agent = headers['user-agent'];
	return user_agent === undefined ? {id, ip} : {id, ip, user_agent};
}
