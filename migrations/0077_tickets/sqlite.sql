-- The folded title.
ALTER TABLE tickets ADD COLUMN name_key TEXT;
CREATE INDEX tickets_by_title ON tickets (portal_id, COALESCE(name_key, lower(title)), id);

CREATE TRIGGER tickets_counted AFTER INSERT ON tickets
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'ticket', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER tickets_uncounted AFTER DELETE ON tickets
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'ticket';
END;

CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'ticket' AND row_id = OLD.id;
END;

-- A ticket goes with its customer, and comes back with it: so does its history.
CREATE TRIGGER tickets_history_ended AFTER DELETE ON tickets
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'ticket' AND row_id = OLD.id;
END;

CREATE TRIGGER tickets_history_resumed AFTER INSERT ON tickets
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = 'ticket' AND row_id = NEW.id;
END;
