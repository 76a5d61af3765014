INSERT INTO content_scans (portal_id, file_id, state, created_at) VALUES ('prt_a', 'fsf_a', 'scanning', 1);
