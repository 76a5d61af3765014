-- Deleted rows of a portal's resources, which can be restored for 30 days. A row is added in the transaction of the
-- deletion; what it holds left its own table.
CREATE TABLE trash (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The same for all rows that were deleted together.
    deletion TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    -- The name of the person, key or app.
    deleted_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The rows by their tables, as JSON of their columns.
    content TEXT NOT NULL,
    -- The length of the content in bytes.
    size BIGINT NOT NULL,
    PRIMARY KEY (portal_id, kind, id)
);
CREATE INDEX trash_by_age ON trash (portal_id, deleted_at, id, kind, size);
CREATE INDEX trash_by_deletion ON trash (portal_id, deletion);
CREATE INDEX trash_by_expiry ON trash (expires_at);
