INSERT INTO trash (portal_id, kind, id, name, deletion, deleted_at, deleted_by, expires_at, content, size)
    VALUES ('prt_a', 'customer', 'cst_z', 'Jansen', 'dlt_a', 1, 'Eva', 2, '{}', 2);
