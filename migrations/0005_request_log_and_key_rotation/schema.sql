-- Keys and apps: the request log, the counts that developers see, where keys are used from, rotation of keys, warnings
-- before they end, and test portals.

-- The requests of a few seconds by one API key or under one grant (subject), packed into one row.
-- dropped tells how many more there were than were kept. app_id is the grant's app; keys have none.
CREATE TABLE request_log_segments (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    app_id TEXT REFERENCES apps (id) ON DELETE CASCADE,
    oldest BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    packed BYTEA NOT NULL
);
CREATE INDEX request_log_segments_by_subject ON request_log_segments (portal_id, subject, newest, id);
CREATE INDEX request_log_segments_by_app ON request_log_segments (app_id, newest, id);
CREATE INDEX request_log_segments_by_age ON request_log_segments (newest);

-- What an app's tokens did on a day (Amsterdam's, such as 2026-11-24), in all portals together.
CREATE TABLE app_usage_days (
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    requests BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    refused_scope BIGINT NOT NULL,
    refused_expired BIGINT NOT NULL,
    refused_revoked BIGINT NOT NULL,
    refused_rate_limit BIGINT NOT NULL,
    PRIMARY KEY (app_id, day)
) WITHOUT ROWID;

-- allowed_addresses holds networks with spaces between; none is any address.
-- The previous secret of a rotated key works until previous_expires_at.
-- expiry_warned is the number of warnings that were mailed.
ALTER TABLE api_keys ADD COLUMN last_used_address TEXT;
ALTER TABLE api_keys ADD COLUMN last_used_agent TEXT;
ALTER TABLE api_keys ADD COLUMN allowed_addresses TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN previous_hash BYTEA;
ALTER TABLE api_keys ADD COLUMN previous_start TEXT;
ALTER TABLE api_keys ADD COLUMN previous_expires_at BIGINT;
ALTER TABLE api_keys ADD COLUMN expiry_warned BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX api_keys_by_previous ON api_keys (previous_hash);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);

-- The developer whose test portal this is; none for a business's own.
ALTER TABLE portals ADD COLUMN sandbox_of TEXT REFERENCES developers (id) ON DELETE CASCADE;
CREATE INDEX portals_by_sandbox ON portals (sandbox_of);
