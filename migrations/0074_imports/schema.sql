-- Imports of a portal's rows from a file. They are kept for 30 days.
CREATE TABLE imports (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- The kind of rows, as in the search index.
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- The language in which numbers and dates in the file are written.
    language TEXT NOT NULL,
    -- JSON: the heads of the file's columns, and the field that each fills; empty for none.
    heads TEXT NOT NULL,
    fields TEXT NOT NULL,
    -- What happens to a row that is there already; NULL until it is chosen.
    duplicates TEXT,
    -- Who started it: no reference, because that is also of interest afterwards.
    author_id TEXT NOT NULL,
    author_email TEXT NOT NULL,
    piece_count BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    -- The number of pieces that are dealt with, of the check or of the import.
    position BIGINT NOT NULL,
    faulty BIGINT NOT NULL,
    repeated BIGINT NOT NULL,
    known BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    -- JSON: why it stopped before its end.
    message TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);
CREATE INDEX imports_by_age ON imports (created_at);

-- The rows of a file in pieces, each of which is imported in one transaction, and deleted in it.
CREATE TABLE import_pieces (
    portal_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    -- CSV: the number of each row, and its cells.
    content BYTEA NOT NULL,
    PRIMARY KEY (portal_id, import_id, number),
    FOREIGN KEY (portal_id, import_id) REFERENCES imports (portal_id, id) ON DELETE CASCADE
);

-- What is wrong with the rows of a file.
CREATE TABLE import_faults (
    portal_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    field TEXT NOT NULL,
    -- JSON, in both languages.
    message TEXT NOT NULL,
    PRIMARY KEY (portal_id, import_id, row_number, field),
    FOREIGN KEY (portal_id, import_id) REFERENCES imports (portal_id, id) ON DELETE CASCADE
);

-- The rows that an import created, to undo it.
CREATE TABLE import_created (
    portal_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    row_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, import_id, row_id),
    FOREIGN KEY (portal_id, import_id) REFERENCES imports (portal_id, id) ON DELETE CASCADE
);
