-- The audit log can be searched and cannot be rewritten. actor_kind tells what actor names; search is the
-- lower-cased text that a search looks in. account_id is the account that an event is about: of who did it, or
-- of the e-mail address that a stranger gave.

ALTER TABLE audit_events ADD COLUMN actor_kind TEXT NOT NULL DEFAULT 'person';
ALTER TABLE audit_events ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE audit_events SET actor_kind = CASE
        WHEN account_id IS NOT NULL THEN 'person'
        WHEN actor IN ('operator', 'system') THEN actor
        WHEN action IN ('refresh_token_reused', 'tokens_returned') THEN 'app'
        ELSE 'stranger' END;
UPDATE audit_events SET search = lower(actor) || ' ' || lower(subject) || ' ' || address;
CREATE INDEX audit_events_by_portal_and_action ON audit_events (portal_id, action);
CREATE INDEX audit_events_by_developer_and_action ON audit_events (developer_id, action);
CREATE INDEX audit_events_by_age ON audit_events (created_at);

-- One row. Events of before kept_from may be deleted; others go with their portal or developer only.
CREATE TABLE audit_retention (kept_from BIGINT NOT NULL);
INSERT INTO audit_retention (kept_from) VALUES (0);
