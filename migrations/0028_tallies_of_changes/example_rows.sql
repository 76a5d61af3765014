INSERT INTO change_tallies (portal_id, author, action, hour, changes) VALUES ('prt_a', 'acc_a', 'customer_created', 1, 1);
