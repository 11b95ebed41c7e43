-- Accounts, households, devices and sessions. None of these tables is under row-level security: a person who signs in, refreshes,
-- redeems a ticket or takes up an invite is not known before the row is read, so no policy could name them. Only services/auth
-- reads these tables; each statement there names the user or the secret it acts for, and others ask by auth.get_users.

create table auth.households (
	id uuid primary key,
	created_at timestamptz(3) not null
);

create table auth.users (
	id uuid primary key,
	-- Trimmed, lower case, NFC: the same address written otherwise is the same account.
	email text not null check (length(email) between 3 and 254),
	email_verified boolean not null,
	name text not null check (length(name) between 1 and 100),
	-- Argon2id in PHC form; its parameters stand in it, so that raising them needs no migration.
	password_hash text not null,
	-- The installation's role; `household_role` is the one at home.
	role text not null check (role in ('member', 'moderator', 'admin')),
	household_id uuid not null references auth.households,
	household_role text not null check (household_role in ('owner', 'member')),
	joined_at timestamptz(3) not null,
	time_zone text not null default 'UTC',
	locale text not null default 'en',
	units text not null default 'metric' check (units in ('metric', 'imperial')),
	daily_targets jsonb not null default '{}',
	sync_enabled boolean not null default true,
	-- Epoch seconds: an access token issued before is not taken, and none is issued with an earlier time.
	tokens_not_before bigint not null default 0,
	disabled_at timestamptz(3),
	privacy_policy_version text,
	terms_version text,
	consented_at timestamptz(3),
	created_at timestamptz(3) not null,
	updated_at timestamptz(3) not null
);
create unique index users_email on auth.users (email);
create index users_household on auth.users (household_id);
-- "Is there an admin yet?" is asked at every start and by every stranger who registers.
create index users_admins on auth.users (id) where role = 'admin';

-- The client chooses the id, and two people may share a phone: so the key is both.
create table auth.devices (
	user_id uuid not null references auth.users on delete cascade,
	id uuid not null,
	name text not null check (length(name) between 1 and 100),
	created_at timestamptz(3) not null,
	last_seen_at timestamptz(3) not null,
	last_sync_at timestamptz(3),
	primary key (user_id, id)
);

-- A token family: what one sign-in began and refreshing goes on with. A session that ended is no longer here.
create table auth.sessions (
	id uuid primary key,
	user_id uuid not null,
	device_id uuid not null,
	created_at timestamptz(3) not null,
	-- Moved on by each refresh, never past `ends_at`.
	expires_at timestamptz(3) not null,
	ends_at timestamptz(3) not null,
	foreign key (user_id, device_id) references auth.devices on delete cascade
);
create index sessions_device on auth.sessions (user_id, device_id, created_at desc);

create table auth.refresh_tokens (
	-- SHA-256 of the token, which has 256 random bits: nothing to guess, so nothing to slow down.
	hash bytea primary key,
	session_id uuid not null references auth.sessions on delete cascade,
	issued_at timestamptz(3) not null,
	spent_at timestamptz(3),
	-- With the spent token itself and the house's secret it gives the successor again; see services/auth/refresh-token.ts.
	successor_salt bytea,
	-- SHA-256 of the User-Agent that spent it.
	spent_by bytea,
	check ((spent_at is null) = (successor_salt is null))
);
create index refresh_tokens_session on auth.refresh_tokens (session_id, spent_at);

-- Not logged: a ticket lives for a minute and is asked for again.
create unlogged table auth.tickets (
	hash bytea primary key,
	session_id uuid not null references auth.sessions on delete cascade,
	expires_at timestamptz(3) not null
);
create index tickets_session on auth.tickets (session_id, expires_at);

-- What ended before its time, for as long as an access token of it can be about. Without foreign keys: it outlives what it names.
create table auth.revocations (
	id uuid primary key,
	session_id uuid,
	user_id uuid,
	-- Epoch seconds.
	issued_before bigint,
	revoked_at timestamptz(3) not null,
	check ((session_id is null) = (user_id is not null and issued_before is not null))
);
create index revocations_age on auth.revocations (revoked_at);

create table auth.signing_keys (
	-- RFC 7638 thumbprint.
	kid text primary key,
	public_key jsonb not null,
	-- The private key (PKCS #8), AES-256-GCM under HEARTH_SECRET_KEY.
	sealed_key bytea not null,
	created_at timestamptz(3) not null,
	-- Null for the one that signs; from then on no token of it is left.
	retired_at timestamptz(3)
);
create unique index signing_keys_current on auth.signing_keys ((true)) where retired_at is null;

create table auth.invites (
	id uuid primary key,
	-- SHA-256 of the code, which has 128 random bits.
	code_hash bytea not null unique,
	household_id uuid not null references auth.households on delete cascade,
	email text,
	role text not null check (role in ('member', 'moderator', 'admin')),
	created_by uuid references auth.users on delete set null,
	created_at timestamptz(3) not null,
	expires_at timestamptz(3) not null,
	used_by uuid references auth.users on delete set null,
	used_at timestamptz(3)
);
create index invites_household on auth.invites (household_id, expires_at);
create index invites_created_by on auth.invites (created_by);
create index invites_used_by on auth.invites (used_by);

-- Makes the setup code this installation's own; at most one row, and none once an admin exists.
create table auth.setup (
	id smallint primary key default 1 check (id = 1),
	nonce bytea not null
);
