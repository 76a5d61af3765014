-- How many changes of a kind somebody made within an hour: the audit log tells of the first hundred one by one.
CREATE TABLE change_tallies (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    hour BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (portal_id, author, action, hour)
) WITHOUT ROWID;
