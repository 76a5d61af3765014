INSERT INTO outbox (id, recipient, subject, text, next_try_at, created_at) VALUES ('out_a', 'jan@example.nl', 'Hallo', 'Tekst', 1, 1);
