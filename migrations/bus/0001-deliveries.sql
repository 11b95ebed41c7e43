-- What the in-process bus has yet to deliver.

-- Every group that ever subscribed to a subject: a message published while the group is not running is kept for it.
create table bus.groups (
	subject text not null,
	group_name text not null,
	primary key (subject, group_name)
);

create table bus.deliveries (
	seq bigint generated always as identity primary key,
	subject text not null,
	group_name text not null,
	message_id text not null,
	-- Null once handled.
	payload jsonb,
	attempt int not null default 0,
	due_at timestamptz not null default now(),
	-- Handled deliveries stay for a while, so that a message published twice is delivered once.
	handled_at timestamptz,
	unique (subject, group_name, message_id)
);

create index deliveries_open on bus.deliveries (subject, group_name, seq) where handled_at is null;
create index deliveries_handled on bus.deliveries (handled_at) where handled_at is not null;
