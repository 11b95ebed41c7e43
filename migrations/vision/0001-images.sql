-- Photographs of labels and what was read on them. A picture's bytes are in the object store.
create table vision.images (
	id uuid primary key,
	user_id uuid not null,
	-- Of the bytes as they were sent: the same picture again is this one.
	sha256 bytea not null check (length(sha256) = 32),
	object_key text not null,
	-- Of the upright picture as it is kept.
	width_px integer not null,
	height_px integer not null,
	size_bytes integer not null,
	languages text[],
	status text not null default 'queued' check (status in ('queued', 'processing', 'done', 'failed')),
	progress real not null default 0 check (progress between 0 and 1),
	-- For the person, where it failed.
	error text,
	-- The data of GET /images/:id/result.
	reading jsonb,
	-- While a food made from it waits in the moderators' queue.
	shown_to_moderators boolean not null default false,
	created_at timestamptz(3) not null,
	updated_at timestamptz(3) not null,
	check ((status = 'done') = (reading is not null)),
	check ((status = 'failed') = (error is not null)),
	-- Never across users: what others photographed is nobody's business.
	unique (user_id, sha256)
);
create index images_waiting on vision.images (user_id) where status in ('queued', 'processing');

alter table vision.images enable row level security;
create policy images_owner on vision.images
	using (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid);

-- A moderator sees other people's pictures through these two alone. A second policy on the flag would open every shown picture to
-- every user's queries, so that one forgotten `where user_id` leaks; a function answers one id to one route.
create function vision.find_shown_picture(image_id uuid)
	returns table (object_key text, reading jsonb)
	language sql stable security definer set search_path = ''
	begin atomic
		select object_key, reading from vision.images where id = image_id and shown_to_moderators;
	end;

create function vision.show_to_moderators(image_id uuid, visible boolean) returns void
	language sql security definer set search_path = ''
	begin atomic
		update vision.images set shown_to_moderators = visible where id = image_id and shown_to_moderators <> visible;
	end;

-- Objects that are to go unless the transaction that makes them somebody's commits: written before the object, deleted with the
-- row's insert, or written with the row's delete. What a killed process left of it is swept at the next start.
create table vision.doomed_objects (
	object_key text primary key,
	doomed_at timestamptz not null default now()
);
create index doomed_objects_oldest on vision.doomed_objects (doomed_at);
