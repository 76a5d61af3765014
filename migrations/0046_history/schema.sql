-- What was changed of a row, when and by whom, for the row's page. An entry is added in the transaction of the change, and
-- never changed.
CREATE TABLE history (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- The kind of row, such as customer.
    kind TEXT NOT NULL,
    row_id TEXT NOT NULL,
    -- Counts the entries of the row, from 1 on. The oldest are deleted when there are many.
    number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- created, changed, deleted or restored.
    what TEXT NOT NULL,
    -- person, api_key or app.
    author_kind TEXT NOT NULL,
    -- Of the account, of the API key, or of the portal's consent to the app; it can be gone.
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    -- The changed fields with their values before and afterwards, as JSON.
    changes TEXT NOT NULL,
    -- When the row was deleted; then the entries go after a while.
    ended_at BIGINT,
    PRIMARY KEY (portal_id, kind, row_id, number)
) WITHOUT ROWID;
CREATE INDEX history_ended ON history (ended_at) WHERE ended_at IS NOT NULL;
