-- The folded name, compared byte by byte as on SQLite.
ALTER TABLE file_shares ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX file_shares_by_name ON file_shares (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER file_shares_counted AFTER INSERT ON file_shares
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('file_share');
CREATE TRIGGER file_shares_uncounted AFTER DELETE ON file_shares
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('file_share');

CREATE TRIGGER file_shares_deleted AFTER DELETE ON file_shares
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('file_share');

-- A link ends with its row.
CREATE FUNCTION public_link_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER file_shares_link_deleted AFTER DELETE ON file_shares
    FOR EACH ROW EXECUTE FUNCTION public_link_deleted();
