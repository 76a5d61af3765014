-- What the clean-up needs to work in small batches: no statement of it may read a whole table.

-- When an instance last cleaned up; 0 for never. One row.
CREATE TABLE maintenance (cleaned_up_at BIGINT NOT NULL);
INSERT INTO maintenance (cleaned_up_at) VALUES (0);

-- How many requests are kept of each key or grant. Triggers on request_log_segments keep it.
CREATE TABLE request_log_totals (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    refused BOOLEAN NOT NULL,
    entries BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    PRIMARY KEY (portal_id, subject, refused)
) WITHOUT ROWID;
INSERT INTO request_log_totals (portal_id, subject, refused, entries, segments)
    SELECT portal_id, subject, refused, CAST(SUM(entries) AS BIGINT), COUNT(*) FROM request_log_segments
    GROUP BY portal_id, subject, refused;
CREATE INDEX request_log_segments_by_kind ON request_log_segments (portal_id, subject, refused, newest, id);

CREATE INDEX mail_links_by_expiry ON mail_links (expires_at);
CREATE INDEX pending_emails_by_expiry ON pending_emails (expires_at);
CREATE INDEX grants_by_revocation ON grants (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_keys_by_revocation ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX accounts_unverified ON accounts (created_at) WHERE email_verified_at IS NULL;
CREATE INDEX app_usage_days_by_day ON app_usage_days (day);

-- What a deletion cascades to is found by these.
CREATE INDEX grants_by_account ON grants (account_id);
CREATE INDEX grants_by_portal ON grants (portal_id);
CREATE INDEX sessions_by_portal ON sessions (portal_id);
CREATE INDEX pushed_requests_by_app ON pushed_requests (app_id);
CREATE INDEX device_codes_by_app ON device_codes (app_id);
