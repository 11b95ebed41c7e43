import type {AuditEntry, RequestInfo, User} from '@hearth/host/plugin.js';
import type {Food} from './contract.js';

/** The audit entry of what somebody did with a food; it concerns the food's author. */
export const auditOf = (
	action: `food.${string}`,
	food: Food,
	actor: User,
	request: RequestInfo,
	detail?: Record<string, unknown>,
): AuditEntry => ({
	action,
	actor_id: actor.id,
	user_id: food.created_by,
	resource: {type: 'food', id: food.id},
	...(detail && {detail}),
	request: whence(request),
});

/** From where somebody did it. */
export const whence = ({id, ip, headers}: RequestInfo): AuditEntry['request'] => ({
	id,
	ip,
	...(headers['user-agent'] && {user_agent: headers['user-agent']}),
});
