INSERT INTO form_drafts (id, account_id, content, created_at, expires_at) VALUES ('d', 'acc_a', 'x', 0, 1);
