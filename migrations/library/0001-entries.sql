-- What a house adds to its libraries and corrects of what it was shipped with. The starter sets themselves are in services/library and
-- never in here, so that a new version of them changes nothing of the house's own. No table names a person: who did what is in the audit.

-- A line for each library that was ever changed here. Writers lock it, so that numbers are given once and limits hold; readers compare
-- its revision with that of what they have in memory. Rises with the clock, so that a restored backup never repeats one.
create table library.revisions (
	library text collate "C" primary key,
	revision bigint not null
);

create table library.entries (
	library text collate "C" not null references library.revisions,
	id uuid not null,
	key text collate "C" not null check (length(key) between 1 and 80),
	-- Of an entry of the starter set the fields that were corrected; of an own one all of them.
	fields jsonb not null,
	-- Taken out: of the starter set it is not shown any more, an own one is no more.
	gone boolean not null default false,
	updated_at timestamptz(3) not null,
	primary key (library, id),
	unique (library, key)
);
