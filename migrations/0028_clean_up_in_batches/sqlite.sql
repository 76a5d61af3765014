-- See schema.sql.

CREATE TRIGGER request_log_segments_added AFTER INSERT ON request_log_segments
BEGIN
    INSERT INTO request_log_totals (portal_id, subject, refused, entries, segments)
    VALUES (NEW.portal_id, NEW.subject, NEW.refused, NEW.entries, 1)
    ON CONFLICT (portal_id, subject, refused)
    DO UPDATE SET entries = entries + excluded.entries, segments = segments + 1;
END;

CREATE TRIGGER request_log_segments_removed AFTER DELETE ON request_log_segments
BEGIN
    UPDATE request_log_totals SET entries = entries - OLD.entries, segments = segments - 1
    WHERE portal_id = OLD.portal_id AND subject = OLD.subject AND refused = OLD.refused;
    DELETE FROM request_log_totals
    WHERE portal_id = OLD.portal_id AND subject = OLD.subject AND refused = OLD.refused AND segments <= 0;
END;
