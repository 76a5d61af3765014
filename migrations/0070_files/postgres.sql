-- What lists are sorted by: directories before files, each by their folded names, compared byte by byte.
ALTER TABLE files ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX files_by_name ON files (portal_id, COALESCE(name_key, lower(name)), id);

CREATE FUNCTION portal_bytes_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO portal_totals AS t (portal_id, kind, row_count)
    SELECT portal_id, TG_ARGV[0], CAST(SUM(size) AS BIGINT) FROM added GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = t.row_count + excluded.row_count;
    RETURN NULL;
END $$;

CREATE FUNCTION portal_bytes_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, CAST(SUM(size) AS BIGINT) AS bytes FROM removed GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    LOOP
        UPDATE portal_totals SET row_count = row_count - gone.bytes
        WHERE portal_id = gone.portal_id AND kind = TG_ARGV[0];
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER files_counted AFTER INSERT ON files
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('file');
CREATE TRIGGER files_uncounted AFTER DELETE ON files
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('file');
CREATE TRIGGER files_weighed AFTER INSERT ON files
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_added('file_byte');
CREATE TRIGGER files_unweighed AFTER DELETE ON files
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_removed('file_byte');
CREATE TRIGGER files_deleted AFTER DELETE ON files
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('file');
