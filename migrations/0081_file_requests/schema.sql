-- Requests for files, which people without an account upload by a link.
CREATE TABLE file_requests (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- Where the files are put; root for no directory, as in files.
    directory_id TEXT NOT NULL,
    -- From whom, if it is a customer.
    customer_id TEXT,
    -- By when.
    due_at BIGINT,
    -- When all required files had come in.
    completed_at BIGINT,
    -- When the customer was last reminded.
    reminded_at BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX file_requests_by_age ON file_requests (portal_id, created_at, id);
CREATE INDEX file_requests_of_customer ON file_requests (portal_id, customer_id, created_at, id);

CREATE TABLE requested_files (
    portal_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- The place in the request.
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    required BOOLEAN NOT NULL,
    -- In KiB.
    max_file_size BIGINT,
    -- The file that came in, and what it was called. It can be deleted since.
    file_id TEXT,
    file_name TEXT,
    received_at BIGINT,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, request_id) REFERENCES file_requests (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX requested_files_of_request ON requested_files (portal_id, request_id, position);
