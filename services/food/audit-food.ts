import type {AuditEntry, RequestInfo, User} from '@hearth/host/plugin.js';
import type {Food} from './contract.js';

/** The audit entry of what somebody did with a food; it concerns the food's author. */
export const auditOf = (
	action: `food.${string}`,
	food: Food,
	actor: Pick<User, 'id'>,
	request: Whence,
	detail?: Record<string, unknown>,
): AuditEntry => ({
	action,
	actor_id: actor.id,
	user_id: food.created_by,
	resource: {type: 'food', id: food.id},
	...(detail && {detail}),
	request: whence(request),
});

/** What is looked at of a request. */
export type Whence = Pick<RequestInfo, 'id' | 'ip' | 'headers'>;

/** From where somebody did it. */
export const whence = ({id, ip, headers}: Whence): AuditEntry['request'] => ({
	id,
	ip,
	...(headers['user-agent'] && {user_agent: headers['user-agent']}),
});
