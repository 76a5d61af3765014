-- Scopes of an app that an owner may leave out, and every consent as it was given. Consents are added and
-- never changed; they go with their grant's portal or app. asked is what the page showed, allowed what was
-- left ticked; account_id and email tell who gave it.

ALTER TABLE apps ADD COLUMN optional_scopes TEXT NOT NULL DEFAULT '';

CREATE TABLE consents (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    email TEXT NOT NULL,
    asked TEXT NOT NULL,
    allowed TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;
CREATE INDEX consents_by_grant ON consents (grant_id, created_at, id);
