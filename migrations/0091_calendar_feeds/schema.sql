-- Links by which the calendar programs of members read a portal's appointments. One ends with its membership.
CREATE TABLE calendar_feeds (
    portal_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id),
    UNIQUE (portal_id, account_id),
    FOREIGN KEY (portal_id, account_id) REFERENCES portal_members (portal_id, account_id) ON DELETE CASCADE
);
