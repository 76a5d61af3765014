INSERT INTO webhooks (portal_id, id, type, url, secret, sends_secret, created_at)
    VALUES ('prt_a', 'wbh_a', 'customer-created', 'https://hooks.example.nl/', 'secret', TRUE, 1);
