INSERT INTO sessions (token_hash, id, site, account_id, portal_id, authenticated_at, expires_at, created_at, last_seen_at, address, user_agent) VALUES ('session', 'ses_a', 'manage', 'acc_a', 'prt_a', 1, 9, 1, 1, '192.0.2.1', 'Firefox');
INSERT INTO totp_factors (account_id, secret, last_step, created_at) VALUES ('acc_a', 'seed', 1, 1);
INSERT INTO recovery_codes (account_id, code_hash) VALUES ('acc_a', 'recovery');
INSERT INTO passkeys (id, account_id, rp_id, credential_id, name, credential, created_at) VALUES ('psk_a', 'acc_a', 'localhost', 'credential', 'laptop', '{}', 1);
INSERT INTO log_in_steps (token_hash, site, account_id, tries, expires_at) VALUES ('step', 'manage', 'acc_a', 0, 9);
INSERT INTO passkey_challenges (token_hash, purpose, account_id, state, expires_at) VALUES ('challenge', 'log_in', 'acc_a', '{}', 9);
