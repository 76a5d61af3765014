-- Files that were sent along with messages of tickets. Their contents are in the folder of stored files, each under its file_id.
CREATE TABLE ticket_attachments (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    -- That of the ticket when it was written, with which the ticket can be in the bin.
    customer_id TEXT,
    message_id TEXT NOT NULL,
    -- Its place among those of the message.
    number BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    mime TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    -- When its ticket was deleted. The row stays while the ticket can come back from the bin.
    ended_at BIGINT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX ticket_attachments_of_message ON ticket_attachments (portal_id, ticket_id, message_id, number);
CREATE UNIQUE INDEX ticket_attachments_by_file ON ticket_attachments (portal_id, file_id);
CREATE INDEX ticket_attachments_ended ON ticket_attachments (ended_at);
