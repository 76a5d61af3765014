INSERT INTO app_webhooks (id, app_id, url, types, secret, created_at)
    VALUES ('wbh_b', 'app_a', 'https://hooks.example.nl/', 'customer-created', 'secret', 1);
INSERT INTO app_webhook_deliveries
        (webhook_id, id, event_id, type, portal_id, scope, job_id, attempt, sent_at, took_ms, status, answer)
    VALUES ('wbh_b', 'dlv_b', 'evn_a', 'customer-created', 'prt_a', 'customers.read', 1, 1, 1, 20, 204, '');
