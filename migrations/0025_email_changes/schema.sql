-- The address that an account is to get once its link is opened, and those that it had: for a while a link that was
-- mailed there brings it back, and nobody else gets the address.

CREATE TABLE pending_emails (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);

CREATE TABLE former_emails (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX former_emails_by_account ON former_emails (account_id, changed_at);
CREATE INDEX former_emails_by_email ON former_emails (email);
CREATE INDEX former_emails_by_expiry ON former_emails (expires_at);
