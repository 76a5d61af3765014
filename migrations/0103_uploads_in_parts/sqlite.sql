CREATE TRIGGER file_uploads_weighed AFTER INSERT ON file_uploads
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_byte', NEW.size)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + NEW.size;
END;

CREATE TRIGGER file_uploads_unweighed AFTER DELETE ON file_uploads
BEGIN
    UPDATE portal_totals SET row_count = row_count - OLD.size WHERE portal_id = OLD.portal_id AND kind = 'file_byte';
END;
