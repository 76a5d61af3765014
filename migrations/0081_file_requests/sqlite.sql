-- The folded name.
ALTER TABLE file_requests ADD COLUMN name_key TEXT;
CREATE INDEX file_requests_by_name ON file_requests (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER file_requests_counted AFTER INSERT ON file_requests
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_request', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER file_requests_uncounted AFTER DELETE ON file_requests
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'file_request';
END;

CREATE TRIGGER file_requests_deleted AFTER DELETE ON file_requests
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'file_request' AND row_id = OLD.id;
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
    DELETE FROM jobs WHERE subject = OLD.id;
END;
