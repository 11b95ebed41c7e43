-- Trigrams tell how much alike two names are. Trusted extension, so the database's owner may create it; `public`, because other
-- plugins may want it too.
create extension if not exists pg_trgm with schema public;

-- The shared food database. Columns bear the names of the JSON that GET /foods/:id answers. Not under row-level security: a
-- verified food is everybody's, and who sees another one depends on the household, which the database does not know
-- (services/food/visible-foods.ts is the one place that decides).
create table food.foods (
	id uuid primary key,
	name text not null check (length(name) between 1 and 200),
	brand text check (length(brand) between 1 and 100),
	-- Its digits as they were given.
	barcode text check (barcode ~ '^[0-9]{8,14}$'),
	basis text not null check (basis in ('100g', '100ml', 'serving')),
	servings jsonb not null default '[]',
	-- Per basis, as on the label. What is not known is absent.
	nutrients jsonb not null default '{}',
	carbohydrate_basis text check (carbohydrate_basis in ('available', 'total')),
	status text not null check (status in ('pending', 'verified', 'rejected')),
	source text not null check (source in ('user', 'label', 'builtin', 'usda', 'openfoodfacts')),
	-- Kept per row, so that what carries an obligation can be told apart.
	licence text,
	-- Null for the house itself, and once the person is erased.
	created_by uuid,
	-- The author's household when it was submitted: it finds the food while pending.
	household_id uuid,
	image_id uuid,
	flags jsonb not null default '[]',
	verified_at timestamptz(3),
	rejection jsonb,
	merged_into uuid references food.foods,
	created_at timestamptz(3) not null,
	updated_at timestamptz(3) not null,

	-- The body as it was sent, to tell a repeated request from another food under the same id.
	submitted jsonb,
	-- What was read on the label, where on the picture, and what the person changed of it.
	extracted jsonb,
	boxes jsonb,
	corrections jsonb,

	-- For search, written with the row by services/food/store-food.ts. Folded there and not by unaccent() here, so that stored names
	-- and queries fold alike whatever this database's locale is. Collation C: compared byte by byte, and an index serves prefixes.
	name_key text collate "C" not null,
	brand_key text collate "C" not null default '',
	gtin text collate "C" check (length(gtin) = 14),
	search tsvector not null,
	word_count smallint not null,

	check ((status = 'verified') = (verified_at is not null)),
	check ((status = 'rejected') = (rejection is not null)),
	check (merged_into is null or status = 'rejected')
);
-- Exact names and prefixes, in the order they are listed in, so that a page stops early.
create index foods_name on food.foods (name_key, id) where status = 'verified';
-- Words in any order, and near words. Without the pending list of fast updates, which every search would have to read.
create index foods_search on food.foods using gin (search) with (fastupdate = off) where status <> 'rejected';
create index foods_gtin on food.foods (gtin) where gtin is not null;
create index foods_newest on food.foods (verified_at desc, id desc) where status = 'verified';
create index foods_author on food.foods (created_by) where created_by is not null;
create index foods_household on food.foods (household_id) where status = 'pending';
create index foods_image on food.foods (image_id) where image_id is not null;
-- The moderators' queue: what people sent in, oldest first.
create index foods_queue on food.foods (status, created_at, id) where source in ('user', 'label');

-- Edits of foods that are not their proposer's to change; a moderator decides.
create table food.proposals (
	id uuid primary key,
	food_id uuid not null references food.foods on delete cascade,
	-- The fields to change, as PUT /foods/:id takes them: absent stays, null empties.
	edits jsonb not null,
	status text not null check (status in ('pending', 'verified', 'rejected')),
	created_by uuid,
	created_at timestamptz(3) not null,
	decided_by uuid,
	decided_at timestamptz(3),
	reason text,
	check ((status = 'pending') = (decided_at is null))
);
create index proposals_queue on food.proposals (status, created_at, id);
create index proposals_food on food.proposals (food_id, status);
create index proposals_author on food.proposals (created_by) where created_by is not null;

-- Every change of a food: who, when, before and after. Append-only.
create table food.history (
	id uuid primary key,
	food_id uuid not null references food.foods on delete cascade,
	proposal_id uuid references food.proposals on delete cascade,
	action text not null check (action in ('edited', 'approved', 'rejected', 'merged')),
	actor_id uuid,
	at timestamptz(3) not null,
	reason text,
	before jsonb not null,
	after jsonb not null
);
create index history_food on food.history (food_id, at);
create index history_actor on food.history (actor_id) where actor_id is not null;

create table food.favourites (
	user_id uuid not null,
	food_id uuid not null references food.foods on delete cascade,
	created_at timestamptz(3) not null,
	primary key (user_id, food_id)
);
create index favourites_newest on food.favourites (user_id, created_at desc, food_id desc);
create index favourites_food on food.favourites (food_id);
alter table food.favourites enable row level security;
create policy favourites_own on food.favourites
	using (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid)
	with check (user_id = nullif(current_setting('hearth.user_id', true), '')::uuid);

-- Each word that a food's name or brand has ever had: a misspelt word is looked up here, among some ten thousand words, and not
-- among the foods. Words are only ever added; one that no food has any longer finds nothing and harms nobody.
create table food.words (
	word text collate "C" primary key,
	-- The start of the word with each of its letters left out in turn; two words one slip apart share a variant.
	variants text[] collate "C" not null
);
create index words_variants on food.words using gin (variants) with (fastupdate = off);
create index words_trigrams on food.words using gin (word public.gin_trgm_ops) with (fastupdate = off);

-- Words that may be meant by `given`: those that share a variant with it, and the `most` that are most alike. The threshold is low,
-- since two slips in a word of seven letters leave less than a quarter of its trigrams; the caller counts the slips.
create function food.near_words(given text, given_variants text[], most integer) returns setof text
	language sql stable parallel safe
	set pg_trgm.similarity_threshold = 0.2
	as $$
		(select word from food.words where variants && given_variants order by public.similarity(word, given) desc, word limit most)
		union
		(select word from food.words where word operator(public.%) given order by public.similarity(word, given) desc, word limit most)
	$$;
