-- The folded name.
ALTER TABLE appointments ADD COLUMN name_key TEXT;
CREATE INDEX appointments_by_name ON appointments (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER appointments_counted AFTER INSERT ON appointments
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'appointment', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER appointments_uncounted AFTER DELETE ON appointments
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'appointment';
END;

CREATE TRIGGER appointments_deleted AFTER DELETE ON appointments
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'appointment' AND row_id = OLD.id;
END;

-- An appointment goes with its customer, and comes back with it: so does its history.
CREATE TRIGGER appointments_history_ended AFTER DELETE ON appointments
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'appointment' AND row_id = OLD.id;
END;

CREATE TRIGGER appointments_history_resumed AFTER INSERT ON appointments
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = 'appointment' AND row_id = NEW.id;
END;

-- No two scheduled appointments overlap, so the last one that starts before the end of the new one is the only one
-- that can. Writes are one after the other.
CREATE TRIGGER appointments_added_at_once AFTER INSERT ON appointments WHEN NEW.status = 'scheduled'
BEGIN
    SELECT RAISE(ABORT, 'the time of this appointment is taken')
    WHERE NEW.starts_at < (
        SELECT ends_at FROM appointments
        WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id AND starts_at < NEW.ends_at
        ORDER BY starts_at DESC LIMIT 1);
END;

CREATE TRIGGER appointments_changed_at_once AFTER UPDATE OF status, starts_at, ends_at ON appointments
WHEN NEW.status = 'scheduled'
BEGIN
    SELECT RAISE(ABORT, 'the time of this appointment is taken')
    WHERE NEW.starts_at < (
        SELECT ends_at FROM appointments
        WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id AND starts_at < NEW.ends_at
        ORDER BY starts_at DESC LIMIT 1);
END;
