-- Files that are arriving in parts. A row goes when its file is there, or when nothing arrived for a day; its size counts as if the
-- file were there.
CREATE TABLE file_uploads (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- Who uploads it; nobody else sees it.
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    directory_id TEXT NOT NULL,
    -- As its sender calls it. By name, size and time of the last change a browser knows the file again.
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    -- How many parts have arrived.
    received BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When it began, or its last part arrived.
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);
CREATE INDEX file_uploads_of_directory ON file_uploads (portal_id, directory_id, account_id, created_at);
CREATE INDEX file_uploads_of_account ON file_uploads (account_id);
CREATE INDEX file_uploads_by_age ON file_uploads (updated_at);

-- Their parts, numbered from 1. The content of each is in the folder of stored files, under its file_id.
CREATE TABLE file_upload_parts (
    portal_id TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (portal_id, upload_id, number),
    FOREIGN KEY (portal_id, upload_id) REFERENCES file_uploads (portal_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX file_upload_parts_by_file ON file_upload_parts (portal_id, file_id);
