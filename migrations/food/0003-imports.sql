-- The source's own name for the food: an FDC id, or the code of Open Food Facts. Together with `source` it makes the id, so that the
-- same food imported again is the same row.
alter table food.foods add column source_id text check (length(source_id) between 1 and 64);

-- How far an import has come, so that the next run of the same file goes on there. Unlogged, like what it has staged: after a crash of
-- the server both are empty together, and the import starts anew, which changes nothing that is there.
create unlogged table food.imports (
	-- Which file: its size and a digest of its beginning and end.
	file text primary key check (length(file) <= 100),
	-- Which of the source's tables is being read, and the last line of it that is in.
	step smallint not null,
	line bigint not null,
	counts jsonb not null
);

-- What FoodData Central says of one food in several tables, in whatever order, until its own row comes.
create unlogged table food.import_parts (
	file text not null,
	fdc_id bigint not null,
	nutrients jsonb not null default '{}',
	servings jsonb not null default '[]',
	branded jsonb,
	primary key (file, fdc_id)
);
