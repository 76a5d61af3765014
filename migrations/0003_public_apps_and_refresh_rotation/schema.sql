-- Public apps, what an app chose for its safety, and refresh tokens that are replaced at each use.

-- client_type is 'confidential' or 'public' (RFC 6749 section 2.1).
ALTER TABLE apps ADD COLUMN client_type TEXT NOT NULL DEFAULT 'confidential';
ALTER TABLE apps ADD COLUMN rotate_refresh_tokens BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE apps ADD COLUMN require_pkce BOOLEAN NOT NULL DEFAULT FALSE;

-- Of refresh tokens only. One that was replaced has a rotated_at; its successor's text is made of its own text,
-- which is not kept, and successor_salt.
ALTER TABLE oauth_tokens ADD COLUMN last_used_at BIGINT;
ALTER TABLE oauth_tokens ADD COLUMN rotated_at BIGINT;
ALTER TABLE oauth_tokens ADD COLUMN successor_salt BYTEA;
CREATE INDEX oauth_tokens_by_rotation ON oauth_tokens (rotated_at) WHERE rotated_at IS NOT NULL;
