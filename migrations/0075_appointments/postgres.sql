-- The folded name, compared byte by byte as on SQLite.
ALTER TABLE appointments ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX appointments_by_name ON appointments (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER appointments_counted AFTER INSERT ON appointments
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('appointment');
CREATE TRIGGER appointments_uncounted AFTER DELETE ON appointments
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('appointment');

CREATE TRIGGER appointments_deleted AFTER DELETE ON appointments
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('appointment');

-- An appointment goes with its customer, and comes back with it: so does its history.
CREATE TRIGGER appointments_history_ended AFTER DELETE ON appointments
    FOR EACH ROW EXECUTE FUNCTION history_ended('appointment');
CREATE TRIGGER appointments_history_resumed AFTER INSERT ON appointments
    FOR EACH ROW EXECUTE FUNCTION history_resumed('appointment');

-- Of two at once the second waits for the portal, and then sees what the first has committed. No two scheduled
-- appointments overlap, so the last one that starts before the end of the new one is the only one that can.
CREATE FUNCTION appointment_takes_its_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other_end BIGINT;
BEGIN
    PERFORM 1 FROM portals WHERE id = NEW.portal_id FOR NO KEY UPDATE;
    SELECT ends_at INTO other_end FROM appointments
    WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id AND starts_at < NEW.ends_at
    ORDER BY starts_at DESC LIMIT 1;
    IF other_end > NEW.starts_at THEN
        RAISE EXCEPTION 'the time of appointment % is taken', NEW.id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER appointments_not_at_once AFTER INSERT OR UPDATE OF status, starts_at, ends_at ON appointments
    FOR EACH ROW WHEN (NEW.status = 'scheduled') EXECUTE FUNCTION appointment_takes_its_time();
