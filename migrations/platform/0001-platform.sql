-- What the host keeps for every plugin: events on their way out, jobs, what was given up, who did what, answers to repeat.

-- Events leave with the transaction that wrote them: the writer publishes its rows after the commit and deletes them; a sweep
-- takes what a killed writer left. Never read by a cursor over ids.
create table platform.outbox (
	id uuid primary key,
	subject text not null,
	payload jsonb not null,
	created_at timestamptz not null default now()
);

-- The truth of a job; the bus only announces it. Finished jobs are deleted, parked ones wait for an admin.
create table platform.jobs (
	id uuid primary key,
	name text not null,
	payload jsonb not null,
	key text,
	state text not null default 'queued' check (state in ('queued', 'running', 'parked')),
	attempts integer not null default 0,
	run_at timestamptz not null default now(),
	lease_until timestamptz,
	lease_owner uuid,
	error text,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now()
);
create unique index jobs_key on platform.jobs (name, key) where state in ('queued', 'running');
create index jobs_due on platform.jobs (name, state, run_at);

-- Events that a plugin kept failing on.
create table platform.parked_events (
	id uuid not null,
	plugin text not null,
	subject text not null,
	payload jsonb not null,
	attempts integer not null,
	error text not null,
	parked_at timestamptz not null default now(),
	primary key (id, plugin)
);

create table platform.audit (
	id uuid primary key,
	at timestamptz not null default now(),
	action text not null,
	actor_id uuid,
	user_id uuid,
	resource_type text,
	resource_id text,
	detail jsonb,
	ip text,
	user_agent text,
	request_id text
);
create index audit_user on platform.audit (user_id, id desc);
create index audit_actor on platform.audit (actor_id, id desc);
alter table platform.audit enable row level security;
create policy audit_append on platform.audit for insert with check (true);
-- A person sees what concerns them; all of it only a transaction that says aloud that it reads for the house (an admin's page).
create policy audit_read on platform.audit for select using (
	user_id = nullif(current_setting('hearth.user_id', true), '')::uuid
	or actor_id = nullif(current_setting('hearth.user_id', true), '')::uuid
	or current_setting('hearth.scope', true) = 'house'
);
create policy audit_forget on platform.audit for update using (current_setting('hearth.scope', true) = 'house');

-- Answers of POSTs that brought an Idempotency-Key, for 24 hours. `status` is null while the first one is in work.
create table platform.idempotency (
	user_id uuid not null,
	route text not null,
	key text not null,
	body_hash text not null,
	status integer,
	answer jsonb,
	created_at timestamptz not null default now(),
	primary key (user_id, route, key)
);
create index idempotency_age on platform.idempotency (created_at);
alter table platform.idempotency enable row level security;
create policy idempotency_own on platform.idempotency using (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid)
	with check (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid);
