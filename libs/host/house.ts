import type {Objects} from '@hearth/ports/objects.js';
import {z} from 'zod';
import {notFound} from './errors.js';
import {retryParkedEvent} from './events.js';
import type {Jobs} from './jobs.js';
import type {Outbox} from './outbox.js';
import {cursorPage, pageQuery, pageReply} from './pages.js';
import {platformSettings} from './platform-settings.js';
import {definePlugin, type Plugin, route} from './plugin.js';
import type {Ready} from './ready.js';

const auditEntry = z.object({
	id: z.uuid(),
	at: z.iso.datetime(),
	action: z.string(),
	actor_id: z.uuid().nullable(),
	user_id: z.uuid().nullable(),
	resource: z.object({type: z.string(), id: z.string()}).nullable(),
	detail: z.record(z.string(), z.unknown()).nullable(),
	ip: z.string().nullable(),
	user_agent: z.string().nullable(),
});

const AUDIT_COLUMNS = `id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, action, actor_id, user_id, detail, ip, user_agent,
	case when resource_type is null then null else jsonb_build_object('type', resource_type, 'id', resource_id) end as resource`;

async function sizeOf(objects: Objects): Promise<number> {
	let bytes = 0;
	for await (const {size_bytes} of objects.list('')) bytes += size_bytes;
	return bytes;
}

const waitingWork = z.object({
	id: z.uuid(),
	kind: z.enum(['job', 'event']),
	name: z.string(),
	plugin: z.string().nullable(),
	state: z.enum(['queued', 'running', 'parked']),
	attempts: z.number(),
	error: z.string().nullable(),
	run_at: z.date(),
});

/** What the host itself answers under /api/v1: how it does, what waits or was given up, and who did what. In every process. */
export const house = ({jobs, outbox, ready}: {jobs: Jobs; outbox: Outbox; ready: () => Promise<Ready>}): Plugin =>
	definePlugin({
		name: 'house',
		summary: 'The host itself: status, jobs and audit for an admin',
		settings: platformSettings,
		routes: [
			route('GET', '/api/v1/admin/status', {
				summary: 'Each plugin and dependency, and how much work waits',
				role: 'admin',
				data: z.object({
					status: z.enum(['ready', 'unready']),
					dependencies: z.record(z.string(), z.unknown()),
					plugins: z.record(z.string(), z.unknown()),
					queues: z.object({
						jobs_queued: z.number(),
						jobs_running: z.number(),
						jobs_parked: z.number(),
						events_parked: z.number(),
						outbox: z.number(),
					}),
					/** What the database and the pictures and other objects take. */
					storage: z.object({database_bytes: z.number(), objects_bytes: z.number()}),
				}),
				handle: async (_input, {db, objects}) => ({
					...(await ready()),
					storage: {
						...(await db.one<{database_bytes: number}>(
							'select pg_database_size(current_database())::float8 as database_bytes',
						)),
						objects_bytes: await sizeOf(objects),
					},
					queues: await db.one(`select
						(select count(*)::int from platform.jobs where state = 'queued') as jobs_queued,
						(select count(*)::int from platform.jobs where state = 'running') as jobs_running,
						(select count(*)::int from platform.jobs where state = 'parked') as jobs_parked,
						(select count(*)::int from platform.parked_events) as events_parked,
						(select count(*)::int from platform.outbox) as outbox`),
				}),
			}),
			route('GET', '/api/v1/admin/jobs', {
				summary: 'Jobs and events that wait, run, or were given up',
				role: 'admin',
				query: pageQuery.extend({state: z.enum(['queued', 'running', 'parked']).optional()}),
				data: z.array(waitingWork),
				handle: async ({query}, {db}) => {
					const page = cursorPage(query, z.uuid());
					const rows = await db.many<z.output<typeof waitingWork>>(
						`select * from (
							select id, 'job' as kind, name, null as plugin, state, attempts, error, run_at from platform.jobs
							union all
							select id, 'event', subject, plugin, 'parked', attempts, error, parked_at from platform.parked_events
						) as work
						where ($1::text is null or state = $1) and ($2::uuid is null or id < $2)
						order by id desc limit $3`,
						[query.state ?? null, page.after, page.limit + 1],
					);
					return pageReply(rows, page.limit, ({id}) => id);
				},
			}),
			route('POST', '/api/v1/admin/jobs/:id/retry', {
				summary: 'Gives a parked job or event its attempts back',
				role: 'admin',
				params: z.object({id: z.uuid()}),
				data: z.object({id: z.uuid(), state: z.literal('queued')}),
				status: 202,
				handle: async ({params: {id}, user, request}, {db}) => {
					const found =
						(await jobs.retry(id)) !== null ||
						(await db.transaction(tx =>
							retryParkedEvent(tx, (subject, payload) => outbox.add(tx, subject, payload), id),
						));
					if (!found) throw notFound('parked job');
					await db.transaction(tx =>
						tx.audit({action: 'job.retried', actor_id: user.id, resource: {type: 'job', id}, request}),
					);
					return {id, state: 'queued'};
				},
			}),
			route('GET', '/api/v1/admin/audit-logs', {
				summary: 'Who did what with whose data, newest first',
				role: 'admin',
				query: pageQuery.extend({user_id: z.uuid().optional(), action: z.string().max(100).optional()}),
				data: z.array(auditEntry),
				handle: async ({query, user}, {db}) => {
					const page = cursorPage(query, z.uuid());
					const rows = await db.as(user.id, async tx => {
						await tx.run(`select set_config('hearth.scope', 'house', true)`);
						return tx.many<z.output<typeof auditEntry>>(
							`select ${AUDIT_COLUMNS} from platform.audit
							where ($1::uuid is null or user_id = $1) and ($2::text is null or action = $2) and ($3::uuid is null or id < $3)
							order by id desc limit $4`,
							[query.user_id ?? null, query.action ?? null, page.after, page.limit + 1],
						);
					});
					return pageReply(rows, page.limit, ({id}) => id);
				},
			}),
			route('GET', '/api/v1/users/me/audit', {
				summary: 'Who did what with your data, newest first',
				role: 'member',
				query: pageQuery,
				data: z.array(auditEntry),
				handle: async ({query, user}, {db}) => {
					const page = cursorPage(query, z.uuid());
					const rows = await db.as(user.id, tx =>
						tx.many<z.output<typeof auditEntry>>(
							`select ${AUDIT_COLUMNS} from platform.audit
							where (user_id = $1 or actor_id = $1) and ($2::uuid is null or id < $2) order by id desc limit $3`,
							[user.id, page.after, page.limit + 1],
						),
					);
					return pageReply(rows, page.limit, ({id}) => id);
				},
			}),
		],
		exporters: [
			async function* exportAudit(userId, {db}) {
				const rows = await db.as(userId, tx =>
					tx.many(`select ${AUDIT_COLUMNS} from platform.audit where user_id = $1 order by id`, [userId]),
				);
				yield {file: 'audit.json', rows};
			},
		],
		erasers: [
			// The house keeps that something was done, not by whom or from where.
			async (userId, {db}) => {
				await db.transaction(async tx => {
					await tx.run(`select set_config('hearth.scope', 'house', true)`);
					await tx.run(
						`update platform.audit set ip = null, user_agent = null, detail = null,
							actor_id = nullif(actor_id, $1), user_id = nullif(user_id, $1)
						where actor_id = $1 or user_id = $1`,
						[userId],
					);
				});
			},
		],
	});
