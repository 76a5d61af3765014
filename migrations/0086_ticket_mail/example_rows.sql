INSERT INTO ticket_messages (portal_id, id, ticket_id, customer_id, number, kind, posted_by, body, posted_at, mail_id, sender, quoted)
VALUES ('prt_a', 'tim_mail', 'tic_a', 'cst_a', 2, 'customer', 'Jan Pieterse', '<p>Graag.</p>', 1, '1@example.nl', 'jan@example.nl', '<p>Morgen?</p>');
