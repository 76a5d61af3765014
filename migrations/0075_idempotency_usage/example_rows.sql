INSERT INTO idempotency_usage (portal_id, holder, key_count, byte_count) VALUES ('prt_a', '', 1, 1) ON CONFLICT DO NOTHING;
