-- Pushed authorization requests (RFC 9126), keys of apps and tokens (RFC 7523, RFC 9449), device codes (RFC 8628).

-- What an app's developer switched on; jwks is the JSON of its public keys (RFC 7517).
ALTER TABLE apps ADD COLUMN require_pushed_requests BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE apps ADD COLUMN require_dpop BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE apps ADD COLUMN require_private_key_jwt BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE apps ADD COLUMN jwks TEXT;

-- parameters is the request as a query. It ends soon unless an owner opens it, and counts for one decision.
CREATE TABLE pushed_requests (
    request_hash BYTEA PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    parameters TEXT NOT NULL,
    pushed_at BIGINT NOT NULL,
    opened_at BIGINT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
) WITHOUT ROWID;
CREATE INDEX pushed_requests_by_expiry ON pushed_requests (expires_at);

-- The thumbprint (RFC 7638) of the key that a code or token is bound to.
ALTER TABLE authorization_codes ADD COLUMN dpop_jkt BYTEA;
ALTER TABLE oauth_tokens ADD COLUMN dpop_jkt BYTEA;

-- The ids of signed proofs and assertions that were used, until they would be too old anyway.
CREATE TABLE used_jtis (
    jti_hash BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX used_jtis_by_expiry ON used_jtis (expires_at);

-- Secrets that all instances share, made by the first that needs them.
CREATE TABLE server_secrets (
    name TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- The id is that of an authorization code: tokens go back to either. decision is 'allowed' or 'denied'.
CREATE TABLE device_codes (
    id TEXT PRIMARY KEY,
    device_code_hash BYTEA NOT NULL UNIQUE,
    user_code_hash BYTEA NOT NULL UNIQUE,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    decision TEXT,
    grant_id TEXT REFERENCES grants (id) ON DELETE CASCADE,
    poll_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX device_codes_by_expiry ON device_codes (expires_at);
