CREATE TRIGGER file_uploads_weighed AFTER INSERT ON file_uploads
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_added('file_byte');
CREATE TRIGGER file_uploads_unweighed AFTER DELETE ON file_uploads
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_removed('file_byte');
