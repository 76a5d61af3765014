-- Browsers that have logged in to an account before: failed tries of others do not count against them. It is no
-- session. Setting another password deletes them.
CREATE TABLE known_browsers (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX known_browsers_by_account ON known_browsers (account_id);
CREATE INDEX known_browsers_by_last_use ON known_browsers (last_used_at);
