-- As before, with the buffers. No two scheduled appointments overlap, so the last one that begins before the end of the
-- new one is the only one that can. Writes are one after the other.
DROP TRIGGER appointments_added_at_once;
CREATE TRIGGER appointments_added_at_once AFTER INSERT ON appointments WHEN NEW.status = 'scheduled'
BEGIN
    SELECT RAISE(ABORT, 'the time of this appointment is taken')
    WHERE NEW.starts_at - NEW.buffer_before * 60000 < (
        SELECT ends_at + buffer_after * 60000 FROM appointments
        WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id
            AND starts_at - buffer_before * 60000 < NEW.ends_at + NEW.buffer_after * 60000
        ORDER BY starts_at - buffer_before * 60000 DESC LIMIT 1);
END;

DROP TRIGGER appointments_changed_at_once;
CREATE TRIGGER appointments_changed_at_once
    AFTER UPDATE OF status, starts_at, ends_at, buffer_before, buffer_after ON appointments
WHEN NEW.status = 'scheduled'
BEGIN
    SELECT RAISE(ABORT, 'the time of this appointment is taken')
    WHERE NEW.starts_at - NEW.buffer_before * 60000 < (
        SELECT ends_at + buffer_after * 60000 FROM appointments
        WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id
            AND starts_at - buffer_before * 60000 < NEW.ends_at + NEW.buffer_after * 60000
        ORDER BY starts_at - buffer_before * 60000 DESC LIMIT 1);
END;
