-- Search that stops early. A common word is in ten thousands of foods; what is answered are the best of them, so the index knows of
-- each food how far up it stands, and the few at the top are looked through before the many below.

-- How often the food is chosen, by whatever its source counts. Within a level the higher comes first.
alter table food.foods add column popularity integer not null default 0 check (popularity >= 0);
-- 0: what people of this house sent in, and its starter foods. 1 to 4: of what was imported the first thousandth or so, the first
-- hundredth, the first tenth, the rest; set by services/food/rank-foods.ts. A row that nobody ranked yet stands among the rest.
alter table food.foods add column search_level smallint not null default 4 check (search_level between 0 and 4);
update food.foods set search_level = 0 where source in ('user', 'label', 'builtin');

-- By what the index finds a food. Nothing of it is stored with the row, so `reindex index food.foods_terms` makes it anew at any time.
--   milk       a word of its name or brand
--   2:mi 3:mil 4:milk  its first letters, since what begins with them is too much to gather while somebody types
--   ^milk      the first word of its name
--   ^milk c    and the first letter of the second
--   ^1:m ^2:mi ^3:mil ^4:milk  the first letters of its name
--   :0         its level
-- Words are letters and digits, so none of them is mistaken for another kind.
create function food.search_terms(words tsvector, name_key text, level smallint) returns tsvector
	language plpgsql immutable strict parallel safe
	as $$
	declare
		terms text[] := array[':' || level];
		word text;
		-- As long as words are kept.
		first_word text := left(split_part(name_key, ' ', 1), 60);
	begin
		foreach word in array tsvector_to_array(words) loop
			if length(word) >= 2 then terms := terms || ('2:' || left(word, 2)); end if;
			if length(word) >= 3 then terms := terms || ('3:' || left(word, 3)); end if;
			if length(word) >= 4 then terms := terms || ('4:' || left(word, 4)); end if;
		end loop;
		if first_word <> '' then
			terms := terms || array['^' || first_word, '^1:' || left(name_key, 1)];
			if length(name_key) > length(first_word) + 1 and length(first_word) < 60 then
				terms := terms || ('^' || left(name_key, length(first_word) + 2));
			end if;
			if length(first_word) >= 2 then terms := terms || ('^2:' || left(name_key, 2)); end if;
			if length(first_word) >= 3 then terms := terms || ('^3:' || left(name_key, 3)); end if;
			if length(first_word) >= 4 then terms := terms || ('^4:' || left(name_key, 4)); end if;
		end if;
		return words || array_to_tsvector(terms);
	end $$;

-- Without the pending list of fast updates, which every search would have to read.
create index foods_terms on food.foods using gin (food.search_terms(search, name_key, search_level))
	with (fastupdate = off) where status <> 'rejected';
drop index food.foods_search;
-- Exact names and beginnings of several words, best first.
create index foods_named on food.foods (name_key, search_level, (-popularity), word_count, id) where status = 'verified';
drop index food.foods_name;

-- One page of a search. A tier is a way to match, better than those after it: `naming` says what the name must be to the `key`
-- (is, starts, other; none: the tier finds nothing), `terms` what the index is asked, `words` the same asked of the row's own words, `without` what a better tier has
-- answered. In each tier first what this person eats (`mine`), then what is verified, then what waits in the own household.
-- The page goes on after the `from_` place; tiers are counted from 0.
create function food.search_foods(
	key text, key_end text, naming text[], terms tsquery[], words tsquery[], without tsquery[],
	person uuid, household uuid, mine uuid[],
	from_tier integer, from_list integer, from_level integer, from_popularity integer, from_words integer, from_name text, from_id uuid,
	most integer
) returns table (
	tier integer, list integer, search_level smallint, popularity integer, word_count smallint, name_key text, id uuid
)
	language plpgsql stable rows 50
	-- What is asked varies more than the planner can know, and no search may ever read all foods.
	set plan_cache_mode = force_generic_plan
	set enable_seqscan = off
	as $$
	#variable_conflict use_column
	declare
		missing integer := most;
		found_now integer;
		goes_on boolean;
		from_step integer;
		to_step integer;
		how text;
		term tsquery;
		word tsquery;
		out_of tsquery;
	begin
		for tier_now in from_tier .. cardinality(naming) - 1 loop
			how := naming[tier_now + 1];
			continue when how = 'none';
			term := terms[tier_now + 1];
			word := words[tier_now + 1];
			out_of := without[tier_now + 1];
			for list_now in case when tier_now = from_tier then from_list else 0 end .. 2 loop
				goes_on := tier_now = from_tier and list_now = from_list;
				if list_now = 0 then
					continue when cardinality(mine) = 0;
					return query select tier_now, list_now, f.search_level, f.popularity, f.word_count, f.name_key, f.id
						from food.foods f
						where f.id = any(mine)
							and (f.status = 'verified' or f.status = 'pending' and (f.household_id = household or f.created_by = person))
							and case how when 'is' then f.name_key = key when 'starts' then f.name_key > key and f.name_key < key_end
								else f.name_key < key or f.name_key >= key_end end
							and (word is null or f.search @@ word) and (out_of is null or not f.search @@ out_of)
							and (not goes_on or (f.search_level, -f.popularity, f.word_count, f.name_key, f.id)
								> (from_level, -from_popularity, from_words, from_name, from_id))
						order by f.search_level, -f.popularity, f.word_count, f.name_key, f.id limit missing;
				elsif list_now = 2 then
					return query select tier_now, list_now, f.search_level, f.popularity, f.word_count, f.name_key, f.id
						from food.foods f
						where f.status = 'pending' and (f.household_id = household or f.created_by = person) and f.id <> all(mine)
							and case how when 'is' then f.name_key = key when 'starts' then f.name_key > key and f.name_key < key_end
								else f.name_key < key or f.name_key >= key_end end
							and (word is null or f.search @@ word) and (out_of is null or not f.search @@ out_of)
							and (not goes_on or (f.search_level, -f.popularity, f.word_count, f.name_key, f.id)
								> (from_level, -from_popularity, from_words, from_name, from_id))
						order by f.search_level, -f.popularity, f.word_count, f.name_key, f.id limit missing;
				elsif how = 'is' then
					return query select tier_now, list_now, f.search_level, f.popularity, f.word_count, f.name_key, f.id
						from food.foods f
						where f.status = 'verified' and f.name_key = key and f.id <> all(mine)
							and (not goes_on or (f.search_level, -f.popularity, f.word_count, f.id)
								> (from_level, -from_popularity, from_words, from_id))
						order by f.search_level, -f.popularity, f.word_count, f.id limit missing;
				elsif term is null then
					return query select tier_now, list_now, f.search_level, f.popularity, f.word_count, f.name_key, f.id
						from food.foods f
						where f.status = 'verified' and f.name_key > key and f.name_key < key_end and f.id <> all(mine)
							and (not goes_on or (f.search_level, -f.popularity, f.word_count, f.name_key, f.id)
								> (from_level, -from_popularity, from_words, from_name, from_id))
						order by f.search_level, -f.popularity, f.word_count, f.name_key, f.id limit missing;
				else
					-- Of the many that have a common word few are looked at; those that have several are fewer, mostly.
					from_step := 0;
					foreach to_step in array case when numnode(term) = 1 then array[1, 2, 4] else array[2, 4] end loop
						if not goes_on or from_level <= to_step then
							return query select tier_now, list_now, f.search_level, f.popularity, f.word_count, f.name_key, f.id
								from food.foods f
								where f.status = 'verified'
									and food.search_terms(f.search, f.name_key, f.search_level) @@
										case to_step when 1 then term && ''':0'' | '':1'''::tsquery
											when 2 then term && case from_step when 0 then ''':0'' | '':1'' | '':2''' else ''':2''' end::tsquery
											else term end
									and f.search_level between from_step and to_step
									and f.id <> all(mine)
									and case how when 'starts' then f.name_key > key and f.name_key < key_end
										else f.name_key < key or f.name_key >= key_end end
									and (out_of is null or not f.search @@ out_of)
									and (not goes_on or (f.search_level, -f.popularity, f.word_count, f.name_key, f.id)
										> (from_level, -from_popularity, from_words, from_name, from_id))
								order by f.search_level, -f.popularity, f.word_count, f.name_key, f.id limit missing;
							get diagnostics found_now = row_count;
							missing := missing - found_now;
							if missing <= 0 then return; end if;
						end if;
						from_step := to_step + 1;
					end loop;
					continue;
				end if;
				get diagnostics found_now = row_count;
				missing := missing - found_now;
				if missing <= 0 then return; end if;
			end loop;
		end loop;
	end $$;

-- How many foods have the word, as of the last count (services/food/rank-foods.ts): of words as near to a misspelt one, the commoner is
-- likelier meant.
alter table food.words add column foods integer not null default 0;

-- Every word is known from now on, also those that are too short or too long to be corrected: what begins as somebody types is looked
-- up here first.
insert into food.words (word, variants, foods)
	select word, '{}', ndoc from ts_stat('select search from food.foods') on conflict (word) do update set foods = excluded.foods;

-- Of each given beginning the words that begin so, the first `most` of them.
create function food.words_starting(given text[], most integer) returns table (start text, word text)
	language sql stable parallel safe
	as $$
		select start, words.word from unnest(given) as start cross join lateral (
			select word from food.words where word >= start collate "C" and word < (start || U&'\+10FFFF') collate "C"
			order by word limit most
		) as words
	$$;

-- As before, with the count; without `far` only words that share a variant, which are all that are one slip away and cost less.
drop function food.near_words(text, text[], integer);
create function food.near_words(given text, given_variants text[], far boolean, most integer) returns table (word text, foods integer)
	language sql stable parallel safe
	set pg_trgm.similarity_threshold = 0.2
	as $$
		(select word, foods from food.words where variants && given_variants
			order by public.similarity(word, given) desc, foods desc, word limit most)
		union
		(select word, foods from food.words where far and word operator(public.%) given
			order by public.similarity(word, given) desc, foods desc, word limit most)
	$$;

-- When the foods were ranked; what was imported later waits for the next time.
create table food.rankings (at timestamptz(3) primary key);
create index foods_created on food.foods using brin (created_at);
