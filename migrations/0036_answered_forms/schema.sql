-- Forms that count once and were answered, by the mark that each copy carries: of two that are sent at once the second
-- makes nothing.
CREATE TABLE answered_forms (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    mark TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, mark)
);
CREATE INDEX answered_forms_by_expiry ON answered_forms (expires_at);
