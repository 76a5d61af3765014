INSERT INTO file_requests (portal_id, id, name, directory_id, customer_id, created_at)
    VALUES ('prt_a', 'frq_a', 'Jaarstukken', 'root', 'cst_a', 1);
INSERT INTO requested_files (portal_id, id, request_id, position, name, required)
    VALUES ('prt_a', 'fqf_a', 'frq_a', 0, 'Jaarrekening', TRUE);
