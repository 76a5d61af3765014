-- See schema.sql. A row's deletion takes its entry in the search index and its pending jobs with it.
ALTER TABLE webhooks ADD COLUMN name_key TEXT;
CREATE INDEX webhooks_by_url ON webhooks (portal_id, COALESCE(name_key, lower(url)), id);

CREATE TRIGGER webhooks_counted AFTER INSERT ON webhooks
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'webhook', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER webhooks_uncounted AFTER DELETE ON webhooks
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'webhook';
END;

CREATE TRIGGER webhooks_deleted AFTER DELETE ON webhooks
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'webhook' AND row_id = OLD.id;
    DELETE FROM jobs WHERE subject = OLD.id;
END;
