-- Only who asks by number goes this way, and says so: before PostgreSQL has looked at the table it takes an index for a look-up by id as
-- readily as the key, and then reads every document of the database.
create unique index documents_by_seq on couchdb.documents (user_id, database, seq) where seq > 0;
drop index couchdb.documents_seq;
