-- The operator invites the first owner; such an invitation was sent by no account. SQLite cannot change a column, so
-- the table is made anew.

CREATE TABLE new_invitations (
    id TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    developer_id TEXT REFERENCES developers (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_by TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
INSERT INTO new_invitations SELECT id, token_hash, portal_id, developer_id, email, role, invited_by, created_at, expires_at FROM invitations;
DROP TABLE invitations;
ALTER TABLE new_invitations RENAME TO invitations;
CREATE UNIQUE INDEX invitations_by_portal ON invitations (portal_id, email) WHERE portal_id IS NOT NULL;
CREATE UNIQUE INDEX invitations_by_developer ON invitations (developer_id, email) WHERE developer_id IS NOT NULL;
CREATE INDEX invitations_by_inviter ON invitations (invited_by);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
