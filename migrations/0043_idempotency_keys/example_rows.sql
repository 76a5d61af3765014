INSERT INTO idempotency_keys (portal_id, id, request, answer, expires_at) VALUES ('prt_a', 'a', 'b', 'c', 1);
