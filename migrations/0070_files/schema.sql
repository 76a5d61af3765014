-- Files and directories. The id tells which of the two it is. A directory's id stands in directory_id of what is in it;
-- what is in none has 'root'. The content of a file is not here, but in the folder of stored files, under the file's id.
CREATE TABLE files (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    directory_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_lower TEXT NOT NULL,
    size BIGINT NOT NULL,
    mime TEXT,
    sha256 TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    revision BIGINT NOT NULL DEFAULT 1,
    -- The form that a file came with and its place in it; the same one again is the form sent twice.
    upload_id TEXT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX files_by_directory_and_name ON files (portal_id, directory_id, name_lower);
CREATE INDEX files_by_age ON files (portal_id, created_at, id);
CREATE INDEX files_by_change ON files (portal_id, COALESCE(updated_at, created_at), id);
CREATE UNIQUE INDEX files_by_upload ON files (portal_id, upload_id);
CREATE INDEX files_by_size ON files (portal_id, size, id);
