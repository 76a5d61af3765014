INSERT INTO events (id, portal_id, type, resource_id, sequence, data, created_at)
    VALUES ('evn_a', 'prt_a', 'customer-created', 'cst_a', 1, '{"id":"cst_a"}', 1);
INSERT INTO event_sequences (portal_id, resource_id, sequence) VALUES ('prt_a', 'cst_a', 1);
