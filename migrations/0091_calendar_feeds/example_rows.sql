INSERT INTO calendar_feeds (portal_id, id, account_id, created_at) VALUES ('prt_a', 'cfd_a', 'acc_a', 1);
