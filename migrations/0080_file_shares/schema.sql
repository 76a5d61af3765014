-- Links that people without an account open, each to one row of a portal.
CREATE TABLE public_links (
    -- The SHA-256 of the secret in the link.
    token_hash BYTEA NOT NULL PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    row_id TEXT NOT NULL,
    -- The secret itself, sealed, so that the portal can show the link again.
    secret BYTEA NOT NULL,
    -- When the link stops working; null if it works until its row is deleted.
    ends_at BIGINT,
    UNIQUE (portal_id, row_id)
);

-- Files and directories that a business shares by a link.
CREATE TABLE file_shares (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- With whom, if it is a customer.
    customer_id TEXT,
    -- When the link stops working; null if it works until the share is deleted.
    expires_at BIGINT,
    -- The hash of the password that visitors enter, if there is one.
    password_hash TEXT,
    downloads BIGINT NOT NULL DEFAULT 0,
    first_downloaded_at BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX file_shares_by_age ON file_shares (portal_id, created_at, id);
CREATE INDEX file_shares_of_customer ON file_shares (portal_id, customer_id, created_at, id);

-- What is in a share. What is in a shared directory is in it too.
CREATE TABLE file_share_items (
    portal_id TEXT NOT NULL,
    share_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, share_id, entry_id),
    FOREIGN KEY (portal_id, share_id) REFERENCES file_shares (portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, entry_id) REFERENCES files (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX file_share_items_by_entry ON file_share_items (portal_id, entry_id, share_id);
