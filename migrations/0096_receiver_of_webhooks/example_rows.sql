INSERT INTO received_messages (webhook_id, id, received_at, headers, body)
    VALUES ('wbh_b', 'dlv_b', 1, 'webhook-id: evn_a', '{}');
