INSERT INTO saved_views (portal_id, id, list, account_id, name, query, is_shared, created_at)
    VALUES ('prt_a', 'viw_a', 'customer', 'acc_a', 'Horeca', 'search=caf%C3%A9', FALSE, 1);
