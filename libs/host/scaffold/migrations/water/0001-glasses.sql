-- One row for each time somebody adds one. Give an amount the unit it has: amount_ml.
create table water.glasses (
	id uuid primary key,
	user_id uuid not null,
	-- The person's own day, never computed from UTC.
	date date not null,
	amount integer not null check (amount between 1 and 100000),
	note text check (length(note) between 1 and 500),
	created_at timestamptz(3) not null
);
create index glasses_by_user on water.glasses (user_id, id desc);

-- Behind every query, also one that forgets its `where`: a person sees their own rows and no others.
alter table water.glasses enable row level security;
create policy glasses_owner on water.glasses
	using (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid);
