-- Reports of leaked secrets that were answered and not acted on yet.

CREATE TABLE leak_reports (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    reported_at BIGINT NOT NULL
);
CREATE INDEX leak_reports_by_time ON leak_reports (reported_at);
