-- FTS5 merges the segments of its index by itself, and then many at once: with some hundred thousand rows that held up
-- all writers for seconds. From here on each transaction that adds rows merges as much as it causes (src/search/index.rs),
-- in pages of a kilobyte, in which frequent parts are also found faster.
INSERT INTO search_grams (search_grams, rank) VALUES ('automerge', 0);
INSERT INTO search_grams (search_grams, rank) VALUES ('crisismerge', 1999);
INSERT INTO search_grams (search_grams, rank) VALUES ('pgsz', 1000);
