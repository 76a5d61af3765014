INSERT INTO request_log_segments (id, portal_id, subject, oldest, newest, entries, dropped, packed) VALUES ('seg_a', 'prt_a', 'key_a', 1, 2, 1, 0, 'x');
INSERT INTO app_usage_days (app_id, day, requests, errors, refused_scope, refused_expired, refused_revoked, refused_rate_limit) VALUES ('app_a', '2026-11-24', 1, 0, 0, 0, 0, 0);
UPDATE api_keys SET previous_hash = 'previous', previous_start = 'kpk_', previous_expires_at = 99 WHERE id = 'key_a';
