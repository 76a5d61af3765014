-- A webhook of an app can be a receiver for tests: what is sent to it is kept on this server, for a day.
ALTER TABLE app_webhooks ADD COLUMN is_receiver BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE received_messages (
    -- The attempt by which it came.
    webhook_id TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    -- One on each line, as in HTTP.
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (webhook_id, id),
    FOREIGN KEY (webhook_id, id) REFERENCES app_webhook_deliveries (webhook_id, id) ON DELETE CASCADE
);
CREATE INDEX received_messages_by_age ON received_messages (webhook_id, received_at, id);
CREATE INDEX received_messages_old ON received_messages (received_at);
