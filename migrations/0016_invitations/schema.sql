-- People who were asked by mail to join a portal or a developer; an invitation is deleted when it is accepted or
-- withdrawn. Exactly one of portal_id and developer_id is there. invited_by is the account of who asked.

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    developer_id TEXT REFERENCES developers (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_by_portal ON invitations (portal_id, email) WHERE portal_id IS NOT NULL;
CREATE UNIQUE INDEX invitations_by_developer ON invitations (developer_id, email) WHERE developer_id IS NOT NULL;
CREATE INDEX invitations_by_inviter ON invitations (invited_by);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- The developer that is open, on the developer site.
ALTER TABLE sessions ADD COLUMN developer_id TEXT REFERENCES developers (id) ON DELETE SET NULL;
CREATE INDEX sessions_by_developer ON sessions (developer_id);
