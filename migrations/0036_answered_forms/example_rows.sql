INSERT INTO answered_forms (account_id, mark, expires_at) VALUES ('acc_a', 'aB3dE6gH9jK2mN5p', 1);
