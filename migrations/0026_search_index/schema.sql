-- How far rows that were there before the index have been entered into it: for each kind, after the row
-- (portal_id, created_at, row_id).
CREATE TABLE search_progress (
    kind TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    done BOOLEAN NOT NULL,
    portal_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    row_id TEXT NOT NULL
);
