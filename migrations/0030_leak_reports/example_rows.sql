INSERT INTO leak_reports (id, kind, token_hash, address, user_agent, reported_at) VALUES ('lkr_a', 'kpk_', 'h', '203.0.113.7', 'curl', 1);
