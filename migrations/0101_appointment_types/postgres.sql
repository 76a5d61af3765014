-- As before, with the buffers: of two at once the second waits for the portal, and then sees what the first has
-- committed. No two scheduled appointments overlap, so the last one that begins before the end of the new one is the
-- only one that can.
CREATE OR REPLACE FUNCTION appointment_takes_its_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    other_end BIGINT;
BEGIN
    PERFORM 1 FROM portals WHERE id = NEW.portal_id FOR NO KEY UPDATE;
    SELECT ends_at + buffer_after * 60000 INTO other_end FROM appointments
    WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id
        AND starts_at - buffer_before * 60000 < NEW.ends_at + NEW.buffer_after * 60000
    ORDER BY starts_at - buffer_before * 60000 DESC LIMIT 1;
    IF other_end > NEW.starts_at - NEW.buffer_before * 60000 THEN
        RAISE EXCEPTION 'the time of appointment % is taken', NEW.id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER appointments_not_at_once ON appointments;
CREATE TRIGGER appointments_not_at_once
    AFTER INSERT OR UPDATE OF status, starts_at, ends_at, buffer_before, buffer_after ON appointments
    FOR EACH ROW WHEN (NEW.status = 'scheduled') EXECUTE FUNCTION appointment_takes_its_time();
