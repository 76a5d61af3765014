-- The folded name.
ALTER TABLE file_shares ADD COLUMN name_key TEXT;
CREATE INDEX file_shares_by_name ON file_shares (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER file_shares_counted AFTER INSERT ON file_shares
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_share', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER file_shares_uncounted AFTER DELETE ON file_shares
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'file_share';
END;

CREATE TRIGGER file_shares_deleted AFTER DELETE ON file_shares
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'file_share' AND row_id = OLD.id;
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
END;
