CREATE TRIGGER calendar_feeds_deleted AFTER DELETE ON calendar_feeds
BEGIN
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
END;
