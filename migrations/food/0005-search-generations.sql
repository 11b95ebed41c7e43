-- What search answered is kept for a while, under the number of changes of the foods until then: after any change, committed by whatever
-- process, that number is another, and what was kept is asked for no more. Many slots, of which a writer takes one that is free, so that
-- no writer waits for another; their sum is the number.
create table food.search_generations (
	slot smallint primary key,
	changes bigint not null default 0
) with (fillfactor = 20);
insert into food.search_generations (slot) select generate_series(1, 128);

create function food.count_change() returns trigger language plpgsql as $$
	begin
		update food.search_generations set changes = changes + 1
			where slot = (select slot from food.search_generations limit 1 for update skip locked);
		return null;
	end $$;
create trigger foods_changed after insert or update or delete on food.foods
	for each statement execute function food.count_change();

-- The popular ones.
create index foods_popular on food.foods (search_level, (-popularity), word_count, id) where status = 'verified' and search_level <= 1;
