-- Events are added only; see schema.sql.

CREATE FUNCTION audit_events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are never changed';
END $$;

CREATE FUNCTION audit_events_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.created_at >= (SELECT kept_from FROM audit_retention)
        AND (OLD.portal_id IS NULL OR EXISTS (SELECT 1 FROM portals WHERE id = OLD.portal_id))
        AND (OLD.developer_id IS NULL OR EXISTS (SELECT 1 FROM developers WHERE id = OLD.developer_id))
    THEN
        RAISE EXCEPTION 'audit events are kept until their time is over';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_refuse();
CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_refuse_delete();
CREATE TRIGGER audit_events_refuse_truncate BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse();
