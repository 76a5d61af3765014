-- A list's filters, search and order, saved under a name.
CREATE TABLE saved_views (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- The kind of the list's rows, such as customer.
    list TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- As in the list's address.
    query TEXT NOT NULL,
    -- Whether everybody in the portal sees it.
    is_shared BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);
CREATE INDEX saved_views_of_list ON saved_views (portal_id, list, created_at);
CREATE INDEX saved_views_of_account ON saved_views (account_id);
