INSERT INTO pending_emails (account_id, email, token_hash, expires_at) VALUES ('acc_a', 'nieuw@example.nl', 'p', 1);
INSERT INTO former_emails (token_hash, account_id, email, changed_at, expires_at) VALUES ('f', 'acc_a', 'oud@example.nl', 0, 1);
