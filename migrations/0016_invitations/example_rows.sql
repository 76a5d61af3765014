INSERT INTO invitations (id, token_hash, portal_id, email, role, invited_by, created_at, expires_at) VALUES ('inv_a', 'invitation', 'prt_a', 'piet@example.nl', 'member', 'acc_a', 1, 9);
