-- Portals, people, keys, apps, consents and customers. One text for SQLite and PostgreSQL:
-- moments are milliseconds since 1970 (BIGINT), scopes are names with spaces between. WITHOUT ROWID
-- (SQLite only) keeps a table in the order of its key, so that a row is found by one search, not two.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    email_verified_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE portals (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL DEFAULT 'Europe/Amsterdam',
    created_at BIGINT NOT NULL
);

CREATE TABLE portal_members (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, account_id)
) WITHOUT ROWID;
CREATE INDEX portal_members_by_account ON portal_members (account_id);

CREATE TABLE developers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE developer_members (
    developer_id TEXT NOT NULL REFERENCES developers (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (developer_id, account_id)
) WITHOUT ROWID;
CREATE INDEX developer_members_by_account ON developer_members (account_id);

-- A browser that is logged in on one of the two sites ('manage', 'developers').
CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    site TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    portal_id TEXT REFERENCES portals (id) ON DELETE SET NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Secrets in mailed links; purpose is 'verify' or 'reset'.
CREATE TABLE mail_links (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mail_links_by_account ON mail_links (account_id);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    token_start TEXT NOT NULL,
    scopes TEXT NOT NULL,
    rate_limit BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_keys_by_portal ON api_keys (portal_id, created_at);

-- OAuth clients. redirect_uris is a JSON array of texts.
CREATE TABLE apps (
    id TEXT PRIMARY KEY,
    developer_id TEXT NOT NULL REFERENCES developers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    website TEXT,
    logo BYTEA,
    logo_type TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX apps_by_developer ON apps (developer_id, created_at);

-- A secret without an end is the present one; one with an end is in the overlap of a rotation.
CREATE TABLE app_secrets (
    id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    secret_hash BYTEA NOT NULL UNIQUE,
    secret_start TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX app_secrets_by_app ON app_secrets (app_id);

-- A portal's consent to an app.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX grants_live ON grants (portal_id, app_id) WHERE revoked_at IS NULL;
CREATE INDEX grants_by_app ON grants (app_id);

CREATE TABLE authorization_codes (
    id TEXT PRIMARY KEY,
    code_hash BYTEA NOT NULL UNIQUE,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    code_challenge TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
CREATE INDEX authorization_codes_by_grant ON authorization_codes (grant_id);

-- kind is 'access' or 'refresh'; code_id is the authorization code that they go back to.
CREATE TABLE oauth_tokens (
    id TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    code_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX oauth_tokens_by_code ON oauth_tokens (code_id);
CREATE INDEX oauth_tokens_by_grant ON oauth_tokens (grant_id);
CREATE INDEX oauth_tokens_by_expiry ON oauth_tokens (expires_at);

-- search holds the lower-cased text that a search looks in.
CREATE TABLE customers (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    company_name TEXT NOT NULL,
    address TEXT NOT NULL,
    zip_code TEXT NOT NULL,
    city TEXT NOT NULL,
    country_code TEXT NOT NULL,
    primary_email TEXT NOT NULL,
    phone TEXT,
    integration TEXT,
    integration_id TEXT,
    search TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;
CREATE INDEX customers_by_age ON customers (portal_id, created_at, id);

CREATE TABLE customer_groups (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;
CREATE INDEX customer_groups_by_age ON customer_groups (portal_id, created_at, id);

CREATE TABLE customer_group_members (
    portal_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, customer_id, group_id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, group_id) REFERENCES customer_groups (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX customer_group_members_by_group ON customer_group_members (portal_id, group_id, customer_id);
