INSERT INTO ticket_attachments (portal_id, id, ticket_id, customer_id, message_id, number, file_id, name, size, mime, sha256)
VALUES ('prt_a', 'tma_a', 'tic_a', 'cst_a', 'tim_a', 0, 'fsf_b', 'Foto.jpg', 3, 'image/jpeg', '00');
