INSERT INTO search_entries (portal_id, kind, row_id, text) VALUES ('prt_a', 'customer', 'cst_a', 'jansen');
INSERT INTO search_progress (kind, version, done, portal_id, created_at, row_id) VALUES ('customer', 1, TRUE, 'prt_a', 1, 'cst_a');
INSERT INTO search_grams (rowid, grams) SELECT number, '000000006a' FROM search_entries WHERE row_id = 'cst_a';
