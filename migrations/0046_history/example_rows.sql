INSERT INTO history (portal_id, kind, row_id, number, created_at, what, author_kind, author_id, author_name, changes)
    VALUES ('prt_a', 'customer', 'cst_a', 1, 1, 'created', 'person', 'acc_a', 'Jansen', '[]');
