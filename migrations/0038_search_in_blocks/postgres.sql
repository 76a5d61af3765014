-- The index gives rows in no order, so a search for a frequent part fetched all rows that have it. From here on its tokens
-- begin with a number of 65536 entries, the block, and a search goes from the newest block to the oldest, until it has
-- a page (src/resources/list.rs).
DROP INDEX search_grams_by_gram;
CREATE INDEX search_grams_by_gram ON search_grams USING gin (string_to_array(
    to_hex(rowid / 65536) || '.' || replace(grams, ' ', ' ' || to_hex(rowid / 65536) || '.'), ' '
)) WITH (gin_pending_list_limit = 256);
