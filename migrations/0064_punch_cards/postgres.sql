-- The folded name, compared byte by byte as on SQLite.
ALTER TABLE punch_cards ADD COLUMN name_key TEXT COLLATE "C";
CREATE INDEX punch_cards_by_name ON punch_cards (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER punch_cards_counted AFTER INSERT ON punch_cards
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('punch_card');
CREATE TRIGGER punch_cards_uncounted AFTER DELETE ON punch_cards
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('punch_card');
CREATE TRIGGER issued_punch_cards_counted AFTER INSERT ON issued_punch_cards
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('issued_punch_card');
CREATE TRIGGER issued_punch_cards_uncounted AFTER DELETE ON issued_punch_cards
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('issued_punch_card');

CREATE TRIGGER punch_cards_deleted AFTER DELETE ON punch_cards
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('punch_card');
CREATE TRIGGER issued_punch_cards_deleted AFTER DELETE ON issued_punch_cards
    FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('issued_punch_card');

-- An issued card goes with its customer or its punch card, and comes back with it: so does its history.
CREATE FUNCTION history_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE history SET ended_at = CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)
    WHERE portal_id = OLD.portal_id AND kind = TG_ARGV[0] AND row_id = OLD.id;
    RETURN NULL;
END $$;

CREATE FUNCTION history_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = TG_ARGV[0] AND row_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER issued_punch_cards_history_ended AFTER DELETE ON issued_punch_cards
    FOR EACH ROW EXECUTE FUNCTION history_ended('issued_punch_card');
CREATE TRIGGER issued_punch_cards_history_resumed AFTER INSERT ON issued_punch_cards
    FOR EACH ROW EXECUTE FUNCTION history_resumed('issued_punch_card');
