-- Services of the operator's own, which ask what a token may do (RFC 7662). The previous secret is in the overlap of
-- a rotation.

CREATE TABLE resource_servers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    secret_start TEXT NOT NULL,
    previous_hash BYTEA,
    previous_expires_at BIGINT,
    created_at BIGINT NOT NULL
);
