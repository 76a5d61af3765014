-- Addresses that an app is told at what happens in the portals that gave it access.
CREATE TABLE app_webhooks (
    id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    -- The types of events, as the contract names them, separated by spaces.
    types TEXT NOT NULL,
    -- As in webhooks, from here to told_at. One that a person switched off has never failed.
    secret BYTEA NOT NULL,
    previous_secret BYTEA,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    failing_since BIGINT,
    warned_at BIGINT,
    switched_off_at BIGINT,
    told_at BIGINT
);
CREATE INDEX app_webhooks_by_app ON app_webhooks (app_id, created_at, id);
CREATE INDEX app_webhooks_failing ON app_webhooks (failing_since) WHERE failing_since IS NOT NULL;

-- What was sent to them, a row for each attempt. Rows are kept for 30 days.
CREATE TABLE app_webhook_deliveries (
    webhook_id TEXT NOT NULL REFERENCES app_webhooks (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    -- Where it happened, and the scope that reads it. A test has neither, but its text.
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    scope TEXT,
    test TEXT,
    -- As in webhook_deliveries.
    job_id BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    status BIGINT,
    answer TEXT,
    fault TEXT,
    PRIMARY KEY (webhook_id, id)
);
CREATE INDEX app_webhook_deliveries_by_age ON app_webhook_deliveries (webhook_id, sent_at, id);
CREATE INDEX app_webhook_deliveries_old ON app_webhook_deliveries (sent_at);
CREATE INDEX app_webhook_deliveries_by_portal ON app_webhook_deliveries (portal_id) WHERE portal_id IS NOT NULL;
