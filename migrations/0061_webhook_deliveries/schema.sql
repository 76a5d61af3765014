-- What was sent to webhooks, a row for each attempt. Rows are kept for 30 days.
CREATE TABLE webhook_deliveries (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    webhook_id TEXT NOT NULL,
    id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    -- The job whose attempt it was, and which of its attempts.
    job_id BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    -- Of the response, if there was one; or else why not.
    status BIGINT,
    answer TEXT,
    fault TEXT,
    PRIMARY KEY (portal_id, webhook_id, id),
    FOREIGN KEY (portal_id, webhook_id) REFERENCES webhooks (portal_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (portal_id, webhook_id, sent_at, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (sent_at);
