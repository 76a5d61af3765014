-- An entry for each row that can be searched, numbered in the order of age, with its folded text; and the parts of
-- that text, by which it is found. A row's deletion takes its entry with it.

CREATE TABLE search_entries (
    number INTEGER PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    row_id TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (portal_id, kind, row_id)
);

CREATE VIRTUAL TABLE search_grams USING fts5 (grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries
BEGIN
    DELETE FROM search_grams WHERE rowid = OLD.number;
END;

CREATE TRIGGER customers_deleted AFTER DELETE ON customers
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'customer' AND row_id = OLD.id;
END;

CREATE TRIGGER customer_groups_deleted AFTER DELETE ON customer_groups
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'customer_group' AND row_id = OLD.id;
END;
