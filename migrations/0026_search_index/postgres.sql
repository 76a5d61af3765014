-- An entry for each row that can be searched, numbered in the order of age, with its folded text; and the parts of
-- that text, by which it is found. A row's deletion takes its entry with it.

CREATE TABLE search_entries (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    row_id TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (portal_id, kind, row_id)
);
CREATE INDEX search_entries_by_number ON search_entries (portal_id, kind, number);

CREATE TABLE search_grams (
    rowid BIGINT PRIMARY KEY REFERENCES search_entries (number) ON DELETE CASCADE,
    grams TEXT NOT NULL
);
-- What is not yet sorted into the index is looked through by each search, so there is little of it.
CREATE INDEX search_grams_by_gram ON search_grams USING gin (string_to_array(grams, ' ')) WITH (gin_pending_list_limit = 256);

CREATE FUNCTION search_entry_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = TG_ARGV[0] AND row_id = OLD.id;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_deleted AFTER DELETE ON customers
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('customer');
CREATE TRIGGER customer_groups_deleted AFTER DELETE ON customer_groups
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('customer_group');
