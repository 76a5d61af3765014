INSERT INTO customer_fields (portal_id, key, name, kind, choices, is_required, position, revision, created_at)
    VALUES ('prt_a', 'branche', 'Branche', 'choice', 'Horeca', FALSE, 1, 1, 1);
