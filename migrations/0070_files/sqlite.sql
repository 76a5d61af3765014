-- What lists are sorted by: directories before files, each by their folded names.
ALTER TABLE files ADD COLUMN name_key TEXT;
CREATE INDEX files_by_name ON files (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER files_counted AFTER INSERT ON files
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_byte', NEW.size)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + NEW.size;
END;

CREATE TRIGGER files_uncounted AFTER DELETE ON files
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'file';
    UPDATE portal_totals SET row_count = row_count - OLD.size WHERE portal_id = OLD.portal_id AND kind = 'file_byte';
END;

CREATE TRIGGER files_deleted AFTER DELETE ON files
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'file' AND row_id = OLD.id;
END;
