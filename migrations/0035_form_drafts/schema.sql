-- What somebody typed into a form that was not taken, so that its page can show it again. The content is sealed; it is
-- for the account alone, and for a few hours.

CREATE TABLE form_drafts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    content BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX form_drafts_by_account ON form_drafts (account_id, created_at);
CREATE INDEX form_drafts_by_expiry ON form_drafts (expires_at);
