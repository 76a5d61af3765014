INSERT INTO portal_usage_days (portal_id, day, subject, requests, errors) VALUES ('prt_a', '2026-11-24', 'key_a', 3, 1);
