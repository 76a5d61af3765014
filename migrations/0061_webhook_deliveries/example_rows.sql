INSERT INTO webhook_deliveries (portal_id, webhook_id, id, event_id, job_id, attempt, sent_at, took_ms, status, answer)
    VALUES ('prt_a', 'wbh_a', 'dlv_a', 'evn_a', 1, 1, 1, 20, 204, '');
