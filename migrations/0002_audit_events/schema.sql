-- Security events: who did what, from where. Rows are added and, when their time is over, deleted; none is changed.
-- portal_id and developer_id tell whose log it is in; account_id who did it, if a person did.

CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    developer_id TEXT REFERENCES developers (id) ON DELETE CASCADE,
    account_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX audit_events_by_portal ON audit_events (portal_id, created_at, id);
CREATE INDEX audit_events_by_developer ON audit_events (developer_id, created_at, id);
CREATE INDEX audit_events_by_account ON audit_events (account_id, created_at, id);
