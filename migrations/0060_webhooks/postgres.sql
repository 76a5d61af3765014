-- See schema.sql. A row's deletion takes its entry in the search index and its pending jobs with it.
ALTER TABLE webhooks ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX webhooks_by_url ON webhooks (portal_id, COALESCE(name_key, lower(url)), id);

CREATE TRIGGER webhooks_counted AFTER INSERT ON webhooks
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('webhook');
CREATE TRIGGER webhooks_uncounted AFTER DELETE ON webhooks
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('webhook');

CREATE TRIGGER webhooks_deleted AFTER DELETE ON webhooks
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('webhook');

CREATE FUNCTION jobs_of_subject_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM jobs WHERE subject = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks_ended AFTER DELETE ON webhooks
    FOR EACH ROW EXECUTE FUNCTION jobs_of_subject_ended();
