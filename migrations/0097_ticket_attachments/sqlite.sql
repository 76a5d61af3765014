CREATE TRIGGER ticket_attachments_weighed AFTER INSERT ON ticket_attachments
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_byte', NEW.size)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + NEW.size;
END;

CREATE TRIGGER ticket_attachments_unweighed AFTER DELETE ON ticket_attachments
BEGIN
    UPDATE portal_totals SET row_count = row_count - OLD.size WHERE portal_id = OLD.portal_id AND kind = 'file_byte';
END;

CREATE TRIGGER tickets_attachments_ended AFTER DELETE ON tickets
BEGIN
    UPDATE ticket_attachments SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND ticket_id = OLD.id;
END;

CREATE TRIGGER tickets_attachments_resumed AFTER INSERT ON tickets
BEGIN
    UPDATE ticket_attachments SET ended_at = NULL WHERE portal_id = NEW.portal_id AND ticket_id = NEW.id;
END;
