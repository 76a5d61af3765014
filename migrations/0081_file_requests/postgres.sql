-- The folded name, compared byte by byte as on SQLite.
ALTER TABLE file_requests ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX file_requests_by_name ON file_requests (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER file_requests_counted AFTER INSERT ON file_requests
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('file_request');
CREATE TRIGGER file_requests_uncounted AFTER DELETE ON file_requests
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('file_request');

CREATE TRIGGER file_requests_deleted AFTER DELETE ON file_requests
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('file_request');
CREATE TRIGGER file_requests_link_deleted AFTER DELETE ON file_requests
    FOR EACH ROW EXECUTE FUNCTION public_link_deleted();
CREATE TRIGGER file_requests_jobs_ended AFTER DELETE ON file_requests
    FOR EACH ROW EXECUTE FUNCTION jobs_of_subject_ended();
