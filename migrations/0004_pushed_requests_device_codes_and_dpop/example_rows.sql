INSERT INTO pushed_requests (request_hash, app_id, parameters, pushed_at, expires_at) VALUES ('request', 'app_a', 'state=x', 1, 9);
INSERT INTO used_jtis (jti_hash, expires_at) VALUES ('jti', 9);
INSERT INTO server_secrets (name, secret, created_at) VALUES ('a', 'secret', 1);
INSERT INTO device_codes (id, device_code_hash, user_code_hash, app_id, scopes, poll_seconds, expires_at) VALUES ('cod_b', 'device', 'user', 'app_a', 'customers.read', 5, 9);
