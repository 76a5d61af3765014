INSERT INTO tickets (portal_id, id, title, source, status, customer_id, messages, created_at, updated_at)
VALUES ('prt_a', 'tic_a', 'De ketel lekt', 'portal', 'open', 'cst_a', 1, 1, 1);
INSERT INTO ticket_messages (portal_id, id, ticket_id, customer_id, number, kind, posted_by, body, posted_at)
VALUES ('prt_a', 'tim_a', 'tic_a', 'cst_a', 1, 'employee', 'Sanne van Dijk', '<p>Wij komen morgen.</p>', 1);
INSERT INTO unread_tickets (portal_id, account_id, ticket_id) VALUES ('prt_a', 'acc_a', 'tic_a');
