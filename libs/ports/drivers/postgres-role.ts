import type {Sql} from '../database.js';
import {StartupError} from '../startup-error.js';

/** Owns nothing, cannot log in, cannot bypass row-level security: every query of the app runs as this role. */
export const APP_ROLE = 'hearth_app';

const OLDEST_SERVER = 150_000;

interface ServerState {
	version: number;
	owner: string;
	may_create: boolean;
	/** Null where there is no such role. */
	may_be_app: boolean | null;
	app_bypasses: boolean | null;
}

/** Makes the app's role where it is missing. Throws `StartupError` where the owner may not, or the role may more than it should. */
export async function prepareRole(sql: Sql): Promise<void> {
	const look = () =>
		sql.one<ServerState>(
			`select current_setting('server_version_num')::int as version,
				quote_ident(current_user) as owner,
				has_database_privilege(current_database(), 'create') as may_create,
				role.rolsuper or role.rolbypassrls as app_bypasses,
				case when current_setting('server_version_num')::int >= 160000
					then pg_has_role(role.oid, 'set') else pg_has_role(role.oid, 'member') end as may_be_app
			from (select) as one left join pg_roles role on rolname = $1`,
			[APP_ROLE],
		);
	let state = await look();
	if (state.version < OLDEST_SERVER) {
		throw new StartupError(
			`Hearth needs PostgreSQL 15 or newer, and this one is ${Math.floor(state.version / 10_000)}: upgrade it, or give another DATABASE_URL.`,
		);
	}
	// Several processes may start at once on a new server; whoever loses sees the winner's role at the next look.
	for (let attempt = 1; state.may_be_app !== true; attempt++) {
		try {
			if (state.may_be_app === null) await sql.run(`create role ${APP_ROLE} nologin`);
			await sql.run(`grant ${APP_ROLE} to ${state.owner}`);
		} catch (error) {
			const code = (error as {code?: string}).code;
			const raced = code === '42710' || code === '23505' || code === 'XX000';
			if (!raced || attempt === 5) {
				throw new StartupError(
					`The database user ${state.owner} may not make the role ${APP_ROLE}: let an administrator run, once, "${
						state.may_be_app === null ? `create role ${APP_ROLE} nologin; ` : ''
					}grant ${APP_ROLE} to ${state.owner};" and start again.`,
					{cause: error},
				);
			}
		}
		state = await look();
	}
	if (state.app_bypasses) {
		throw new StartupError(
			`The role ${APP_ROLE} may pass by row-level security: let an administrator run "alter role ${APP_ROLE} nosuperuser nobypassrls;" and start again.`,
		);
	}
	if (!state.may_create) {
		throw new StartupError(
			`The database user ${state.owner} may not make schemas: let an administrator run, once, "grant create on database … to ${state.owner};" and start again.`,
		);
	}
}
