-- What the replication protocol knows beyond the records: databases, each document's tree of revisions, the bodies of those that are
-- still asked for, and the clients' checkpoints. Whoever writes here holds the space's row of records.heads.

create table couchdb.databases (
	user_id uuid not null,
	name text not null,
	-- The collection that it opens; of a free database, `documents`.
	collection text not null,
	-- The number of the newest change; dense.
	last_seq bigint not null default 0,
	-- The records up to this version are in the trees.
	followed_version bigint not null default 0,
	-- Of records.heads, when the trees were last compared with all of the records.
	floor bigint not null,
	-- Of records.heads: numbers of another one mean other things.
	epoch uuid not null,
	created_at timestamptz not null default now(),
	primary key (user_id, name)
);

create table couchdb.documents (
	user_id uuid not null,
	database text not null,
	id text not null,
	-- At which the leaves changed last.
	seq bigint not null,
	-- The tree, as services/couchdb/revision-tree.ts writes it.
	revisions jsonb not null,
	-- The winning revision.
	rev text not null,
	is_deleted boolean not null,
	primary key (user_id, database, id)
);
create unique index documents_seq on couchdb.documents (user_id, database, seq);

-- JSON text of a revision, without the members that begin with `_`; never changed.
create table couchdb.bodies (
	user_id uuid not null,
	database text not null,
	id text not null,
	rev text not null,
	body text not null,
	primary key (user_id, database, id, rev)
);

-- Checkpoints of replications, and whatever else a client keeps to itself.
create table couchdb.local_documents (
	user_id uuid not null,
	database text not null,
	id text not null,
	rev integer not null,
	body text not null,
	updated_at timestamptz not null,
	primary key (user_id, database, id)
);

do $$
declare name text;
begin
	foreach name in array array['databases', 'documents', 'bodies', 'local_documents'] loop
		execute format('alter table couchdb.%I enable row level security', name);
		execute format($policy$create policy own on couchdb.%I
			using (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid)
			with check (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid)$policy$, name);
	end loop;
end $$;
