-- What importing and keeping house need beside the records themselves, which are in the schema of that name.

-- A snapshot on its way in, checked as a whole before any record is touched. Each import has an id of its own.
create table sync.staging (
	user_id uuid not null,
	import_id uuid not null,
	collection text collate "C" not null,
	id text collate "C" not null,
	data jsonb not null,
	-- As the snapshot says; of the space that it was made of.
	version bigint not null,
	updated_at timestamptz not null,
	staged_at timestamptz not null default now(),
	-- In the order in which the checksum goes over the records.
	primary key (user_id, import_id, collection, id)
);

-- What was there before somebody replaced it; the snapshots themselves are objects.
create table sync.snapshots (
	user_id uuid not null,
	id uuid not null,
	object_key text not null,
	created_at timestamptz(3) not null,
	-- Of the space, when it was made.
	version bigint not null,
	records integer not null,
	size_bytes bigint not null,
	primary key (user_id, id)
);

-- Where first pulls were cut below the floor. A cursor there looks like that of a device that was away for too long; by this the two are
-- told apart. Of no use once the floor is another.
create table sync.first_pulls (
	user_id uuid not null,
	session_id uuid not null,
	since bigint not null,
	floor bigint not null,
	cut_at timestamptz not null,
	primary key (user_id, session_id, since)
);

-- How far the keeping of a space has come.
create table sync.upkeep (
	user_id uuid primary key,
	done_at timestamptz not null,
	-- Changes up to this version have let go of what they held.
	emptied_version bigint not null default 0
);

do $$
declare name text;
begin
	foreach name in array array['staging', 'snapshots', 'first_pulls', 'upkeep'] loop
		execute format('alter table sync.%I enable row level security', name);
		execute format($policy$create policy own on sync.%I
			using (user_id = (select nullif(current_setting('hearth.user_id', true), '')::uuid))
			with check (user_id = (select nullif(current_setting('hearth.user_id', true), '')::uuid))$policy$, name);
	end loop;
end $$;
