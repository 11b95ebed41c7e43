-- Every record that people own, whatever collection it is of, with its history. A space is one person's (its id is the user's);
-- later also a household's. Every key begins with the space.

-- One row a space, and the only lock: who writes holds it until the commit, so that versions follow the order of commits
-- and nobody who reads by version can miss one.
create table records.heads (
	space_id uuid primary key,
	-- The version of the newest change.
	version bigint not null default 0,
	-- When the newest change was made, epoch milliseconds; strictly rising from transaction to transaction.
	at_ms bigint not null default 0,
	-- Another one after a backup was restored: versions may then mean other things.
	epoch uuid not null default gen_random_uuid(),
	-- Tombstones up to this version are gone.
	floor bigint not null default 0
);

create table records.records (
	space_id uuid not null,
	collection text not null,
	id text not null,
	data jsonb not null,
	-- Who wrote what: see libs/records/stamps.ts.
	field_versions jsonb not null,
	version bigint not null,
	-- Who wrote that version.
	device_id text not null,
	created_at timestamptz not null,
	updated_at timestamptz not null,
	deleted_at timestamptz,
	-- The values of the fields that the collection indexes, as text. Row-level security keeps an index on an expression of `data`
	-- from being used; one on a column is.
	index_1 text,
	index_2 text,
	index_3 text,
	primary key (space_id, collection, id)
);
-- `version > 0` is true of every row, and said by those alone who ask by version: a look-up by id, planned while the table is empty, would
-- else take this index as soon as the primary key, and keep it.
create unique index records_version on records.records (space_id, version) where version > 0;
create index records_newest on records.records (space_id, collection, version) where deleted_at is null;
create index records_index_1 on records.records (space_id, collection, index_1, version) where index_1 is not null and deleted_at is null;
create index records_index_2 on records.records (space_id, collection, index_2, version) where index_2 is not null and deleted_at is null;
create index records_index_3 on records.records (space_id, collection, index_3, version) where index_3 is not null and deleted_at is null;
create index records_tombstones on records.records (space_id, version) where deleted_at is not null;

-- What happened, append-only; `data` are the fields written and `previous` what they were, both dropped when no merge can need them.
create table records.changes (
	space_id uuid not null,
	version bigint not null,
	collection text not null,
	record_id text not null,
	op text not null check (op in ('upsert', 'delete')),
	data jsonb,
	previous jsonb,
	-- Of the fields that were merged into something else, what the device had sent: what it goes on from until it has pulled.
	sent jsonb,
	-- The version of the record's change before this one, 0 at its first: a record's history is walked by the primary key.
	prior_version bigint not null,
	actor_id uuid not null,
	device_id text not null,
	mutation_id text not null,
	client_timestamp timestamptz not null,
	server_timestamp timestamptz not null,
	primary key (space_id, version)
);

-- What every mutation came to, so that the same one again changes nothing. `hash` is of its whole body.
create table records.mutations (
	space_id uuid not null,
	device_id text not null,
	id text not null,
	hash bytea not null,
	status text not null check (status in ('accepted', 'merged', 'conflict')),
	version bigint not null,
	conflict_id uuid,
	-- Fields that were sent and lost to a later write; a conflict keeps its own.
	lost jsonb,
	at timestamptz not null,
	primary key (space_id, device_id, id)
);

create table records.conflicts (
	space_id uuid not null,
	id uuid not null,
	collection text not null,
	record_id text not null,
	fields text[] not null,
	base jsonb,
	local jsonb,
	server jsonb,
	device_id text not null,
	mutation_id text not null,
	-- The record's version when it was opened.
	version bigint not null,
	created_at timestamptz not null,
	resolution text check (resolution in ('keep_local', 'keep_server', 'merge')),
	resolved_at timestamptz,
	-- The person; a space may have several.
	resolved_by uuid,
	primary key (space_id, id)
);
create index conflicts_open on records.conflicts (space_id, created_at, id) where resolved_at is null;

-- Of each collection: how many live records, and the sum modulo 2^256 of a hash of each (libs/records/checksum.ts), big-endian hex.
create table records.checksums (
	space_id uuid not null,
	collection text not null,
	count integer not null,
	sum text not null,
	primary key (space_id, collection)
);

-- A space's devices as sync knows them.
create table records.devices (
	space_id uuid not null,
	id text not null,
	-- All changes up to this version have been applied there.
	acked_version bigint not null default 0,
	last_push_at timestamptz,
	last_pull_at timestamptz,
	seen_at timestamptz not null default now(),
	primary key (space_id, id)
);

do $$
declare name text;
begin
	foreach name in array array['heads', 'records', 'changes', 'mutations', 'conflicts', 'checksums', 'devices'] loop
		execute format('alter table records.%I enable row level security', name);
		-- In a select of its own the setting is read once a statement; else it would be once a row.
		execute format($policy$create policy own on records.%I
			using (space_id = (select nullif(current_setting('hearth.user_id', true), '')::uuid))
			with check (space_id = (select nullif(current_setting('hearth.user_id', true), '')::uuid))$policy$, name);
	end loop;
end $$;
-- What keeps the house: which spaces there are, to compact each as its owner.
create policy house on records.heads for select using (current_setting('hearth.scope', true) = 'house');

-- Functions, because their plans are kept: written out as one statement each, planning would cost more than the writing. A plan may be
-- made while the tables are empty and live until they are not, so none may read a table from end to end.

-- Locks the space, makes it where there is none, and answers all that deciding about some mutations needs.
-- Each statement of a volatile function sees what was committed before it, so what is read after the lock is the newest.
create function records.open_push(
	in the_space uuid, in device text, in mutation_ids text[], in collections text[], in record_ids text[],
	out head jsonb, out stored jsonb, out known jsonb, out sums jsonb
) language plpgsql volatile
	set plan_cache_mode = force_generic_plan
	set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare found_head records.heads;
begin
	select * into found_head from records.heads where space_id = the_space for update;
	if not found then
		insert into records.heads (space_id) values (the_space) on conflict do nothing;
		select * into found_head from records.heads where space_id = the_space for update;
	end if;
	head := to_jsonb(found_head);
	-- `offset 0` keeps each look-up one by the primary key, whatever the planner believes of the tables.
	select jsonb_agg(jsonb_build_array(r.collection, r.id, r.data, r.field_versions, r.version, r.deleted_at is not null)) into stored
		from (select distinct c, i from unnest(collections, record_ids) as asked(c, i)) as asked,
			lateral (select * from records.records where space_id = the_space and collection = c and id = i offset 0) as r;
	select jsonb_agg(jsonb_build_array(m.id, encode(m.hash, 'hex'), m.status, m.version, m.conflict_id)) into known
		from unnest(mutation_ids) as asked(i),
			lateral (select * from records.mutations where space_id = the_space and device_id = device and id = i offset 0) as m;
	select jsonb_agg(jsonb_build_array(s.collection, s.count, s.sum)) into sums
		from records.checksums s where s.space_id = the_space and s.collection = any(collections);
end $$;

-- Writes what was decided, in one part or several, and the new head. The caller holds the space's lock. A row is a mutation (where it has
-- a hash), the change it made (a version), and its record as it then is (data; one that the part changes again has none until its last).
create function records.write_push(
	the_space uuid, actor uuid, device text, new_version bigint, new_at_ms bigint,
	the_rows jsonb, the_conflicts jsonb, the_sums jsonb
) returns void language plpgsql volatile
	set plan_cache_mode = force_generic_plan
	set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare stamp timestamptz := timestamptz 'epoch' + new_at_ms * interval '1 millisecond';
begin
	with n as materialized (
		select * from jsonb_to_recordset(the_rows) as n(
			i text, c text, v bigint, d jsonb, f jsonb, x boolean, a boolean, i1 text, i2 text, i3 text,
			w jsonb, b jsonb, e jsonb, p bigint, t bigint, m text, h text, s text, u bigint, k uuid, l jsonb)
	), added as (
		insert into records.records (space_id, collection, id, data, field_versions, version, device_id, created_at, updated_at, deleted_at,
				index_1, index_2, index_3)
			select the_space, c, i, d, f, v, device, stamp, stamp, case when x then stamp end, i1, i2, i3 from n where a
	), changed as (
		-- Of those that are there; the arbiter finds each by the primary key, which a join would not be sure to.
		insert into records.records as r (space_id, collection, id, data, field_versions, version, device_id, created_at, updated_at, deleted_at,
				index_1, index_2, index_3)
			select the_space, c, i, d, f, v, device, stamp, stamp, case when x then stamp end, i1, i2, i3 from n where not a
			on conflict (space_id, collection, id) do update set data = excluded.data, field_versions = excluded.field_versions,
				version = excluded.version, device_id = excluded.device_id, updated_at = excluded.updated_at,
				deleted_at = excluded.deleted_at, index_1 = excluded.index_1, index_2 = excluded.index_2, index_3 = excluded.index_3
	), logged as (
		insert into records.changes (space_id, version, collection, record_id, op, data, previous, sent, prior_version, actor_id,
				device_id, mutation_id, client_timestamp, server_timestamp)
			select the_space, v, c, i, case when x then 'delete' else 'upsert' end, coalesce(w, d), coalesce(b, '{}'), e, coalesce(p, 0), actor,
				device, m, timestamptz 'epoch' + t * interval '1 millisecond', stamp
			from n where v is not null
	)
	insert into records.mutations (space_id, device_id, id, hash, status, version, conflict_id, lost, at)
		select the_space, device, m, decode(h, 'hex'), coalesce(s, 'accepted'), coalesce(u, v), k, l, stamp
		from n where h is not null;
	if the_conflicts is not null then
		insert into records.conflicts (space_id, id, collection, record_id, fields, base, local, server, device_id, mutation_id,
				version, created_at)
			select the_space, k, c, i, array(select jsonb_array_elements_text(f)), b, l, s, device, m, v, stamp
			from jsonb_to_recordset(the_conflicts)
				as n(k uuid, c text, i text, f jsonb, b jsonb, l jsonb, s jsonb, m text, v bigint);
	end if;
	if the_sums is not null then
		insert into records.checksums as s (space_id, collection, count, sum)
			select the_space, c, n, h from jsonb_to_recordset(the_sums) as x(c text, n integer, h text)
			on conflict (space_id, collection) do update set count = excluded.count, sum = excluded.sum;
	end if;
	update records.heads set version = new_version, at_ms = new_at_ms where space_id = the_space and version < new_version;
end $$;
