CREATE TRIGGER calendar_feeds_link_deleted AFTER DELETE ON calendar_feeds
    FOR EACH ROW EXECUTE FUNCTION public_link_deleted();
