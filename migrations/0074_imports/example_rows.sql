INSERT INTO imports (portal_id, id, kind, state, file_name, language, heads, fields, author_id, author_email,
    piece_count, row_count, position, faulty, repeated, known, created, updated, skipped, removed, created_at)
    VALUES ('prt_a', 'imp_a', 'customer', 'checked', 'a.csv', 'nl', '[]', '[]', 'acc_a', 'a@example.nl',
        1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1);
INSERT INTO import_pieces (portal_id, import_id, number, content) VALUES ('prt_a', 'imp_a', 0, 'a');
INSERT INTO import_faults (portal_id, import_id, row_number, field, message) VALUES ('prt_a', 'imp_a', 2, 'city', '{}');
INSERT INTO import_created (portal_id, import_id, row_id) VALUES ('prt_a', 'imp_a', 'cst_a');
