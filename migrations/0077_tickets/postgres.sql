-- The folded title, compared byte by byte as on SQLite.
ALTER TABLE tickets ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX tickets_by_title ON tickets (portal_id, COALESCE(name_key, lower(title)), id);

CREATE TRIGGER tickets_counted AFTER INSERT ON tickets
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('ticket');
CREATE TRIGGER tickets_uncounted AFTER DELETE ON tickets
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('ticket');

CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('ticket');

-- A ticket goes with its customer, and comes back with it: so does its history.
CREATE TRIGGER tickets_history_ended AFTER DELETE ON tickets
    FOR EACH ROW EXECUTE FUNCTION history_ended('ticket');
CREATE TRIGGER tickets_history_resumed AFTER INSERT ON tickets
    FOR EACH ROW EXECUTE FUNCTION history_resumed('ticket');
