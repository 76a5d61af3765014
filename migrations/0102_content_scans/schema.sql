-- What the virus scanner thinks of contents: those of files, and of attachments of tickets by their file_id. A content without a row was
-- stored without a scanner.
CREATE TABLE content_scans (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    file_id TEXT NOT NULL,
    -- scanning, clean or blocked.
    state TEXT NOT NULL,
    -- What was found in a blocked content, or why it can't be scanned.
    finding TEXT,
    -- How often the scanner was reached and gave no verdict.
    failures BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    scanned_at BIGINT,
    PRIMARY KEY (portal_id, file_id)
) WITHOUT ROWID;
CREATE INDEX content_scans_waiting ON content_scans (created_at) WHERE state = 'scanning';
