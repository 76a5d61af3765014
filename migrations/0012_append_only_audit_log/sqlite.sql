-- Events are added only; see schema.sql.

CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed');
END;

CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON audit_events
WHEN OLD.created_at >= (SELECT kept_from FROM audit_retention)
    AND (OLD.portal_id IS NULL OR EXISTS (SELECT 1 FROM portals WHERE id = OLD.portal_id))
    AND (OLD.developer_id IS NULL OR EXISTS (SELECT 1 FROM developers WHERE id = OLD.developer_id))
BEGIN
    SELECT RAISE(ABORT, 'audit events are kept until their time is over');
END;
