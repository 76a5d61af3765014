-- INSERT OR REPLACE deletes the row that it replaces without asking the trigger on deletion, be it found by its
-- id or by its rowid. PostgreSQL has no such statement, and refuses the update of ON CONFLICT DO UPDATE.
CREATE TRIGGER audit_events_refuse_replace BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id OR rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed');
END;
