-- Sessions that their owner can tell apart and end, and what proves a person beside the password.

-- Sessions are short-lived, so those of before the upgrade end: everybody logs in once more.
DROP TABLE sessions;

-- A browser that is logged in on one of the two sites ('manage', 'developers'). Where and with what it was
-- seen last is written down at most every few minutes.
CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    portal_id TEXT REFERENCES portals (id) ON DELETE SET NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id, last_seen_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- An authenticator app (TOTP, RFC 6238). last_step is the newest time step whose code was used.
CREATE TABLE totp_factors (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Codes for who has lost the other factors; each works once and is deleted with it.
CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (account_id, code_hash)
) WITHOUT ROWID;

-- Passkeys (WebAuthn credentials). rp_id is the host that they work on; credential is JSON: the public key,
-- the signature counter and the like.
CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    rp_id TEXT NOT NULL,
    credential_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (rp_id, credential_id);
CREATE INDEX passkeys_by_account ON passkeys (account_id, created_at);

-- Log-ins whose password was right and that wait for the second factor, in one browser. It is no session.
CREATE TABLE log_in_steps (
    token_hash BYTEA PRIMARY KEY,
    site TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX log_in_steps_by_account ON log_in_steps (account_id);
CREATE INDEX log_in_steps_by_expiry ON log_in_steps (expires_at);

-- What a browser was asked to sign with a passkey; each is answered once. account_id is empty when the
-- passkey itself tells who it is.
CREATE TABLE passkey_challenges (
    token_hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);
CREATE INDEX passkey_challenges_by_account ON passkey_challenges (account_id);
