-- A key is held by the request that is at work on it, and only for seconds unless renewed: that of a killed process is soon free, and
-- what it may still do afterwards is not committed. `committed`: the work is done, whether or not its answer is known.
alter table platform.idempotency add column holder uuid, add column held_until timestamptz not null default now(),
	add column committed boolean not null default false;
