INSERT INTO known_browsers (token_hash, account_id, last_used_at) VALUES ('browser', 'acc_a', 1);
