CREATE TRIGGER ticket_attachments_weighed AFTER INSERT ON ticket_attachments
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_added('file_byte');
CREATE TRIGGER ticket_attachments_unweighed AFTER DELETE ON ticket_attachments
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_removed('file_byte');

CREATE FUNCTION ticket_attachments_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_attachments SET ended_at = CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)
    WHERE portal_id = OLD.portal_id AND ticket_id = OLD.id;
    RETURN NULL;
END $$;

CREATE FUNCTION ticket_attachments_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_attachments SET ended_at = NULL WHERE portal_id = NEW.portal_id AND ticket_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_attachments_ended AFTER DELETE ON tickets
    FOR EACH ROW EXECUTE FUNCTION ticket_attachments_ended();
CREATE TRIGGER tickets_attachments_resumed AFTER INSERT ON tickets
    FOR EACH ROW EXECUTE FUNCTION ticket_attachments_resumed();
