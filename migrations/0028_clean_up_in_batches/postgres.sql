-- See schema.sql. A deletion takes the totals in the order of the subjects' ids, as those who write
-- segments do, so that neither waits for the other in turn.

CREATE FUNCTION request_log_segments_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO request_log_totals AS t (portal_id, subject, refused, entries, segments)
    VALUES (NEW.portal_id, NEW.subject, NEW.refused, NEW.entries, 1)
    ON CONFLICT (portal_id, subject, refused)
    DO UPDATE SET entries = t.entries + excluded.entries, segments = t.segments + 1;
    RETURN NULL;
END $$;

CREATE FUNCTION request_log_segments_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, subject, refused, SUM(entries) AS entries, COUNT(*) AS segments FROM removed
        GROUP BY portal_id, subject, refused ORDER BY subject COLLATE "C", refused
    LOOP
        UPDATE request_log_totals SET entries = entries - gone.entries, segments = segments - gone.segments
        WHERE portal_id = gone.portal_id AND subject = gone.subject AND refused = gone.refused;
        DELETE FROM request_log_totals
        WHERE portal_id = gone.portal_id AND subject = gone.subject AND refused = gone.refused AND segments <= 0;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER request_log_segments_added AFTER INSERT ON request_log_segments
    FOR EACH ROW EXECUTE FUNCTION request_log_segments_added();
CREATE TRIGGER request_log_segments_removed AFTER DELETE ON request_log_segments
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION request_log_segments_removed();
