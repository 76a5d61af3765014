-- The folded name.
ALTER TABLE punch_cards ADD COLUMN name_key TEXT;
CREATE INDEX punch_cards_by_name ON punch_cards (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER punch_cards_counted AFTER INSERT ON punch_cards
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'punch_card', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER punch_cards_uncounted AFTER DELETE ON punch_cards
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'punch_card';
END;

CREATE TRIGGER issued_punch_cards_counted AFTER INSERT ON issued_punch_cards
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'issued_punch_card', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER issued_punch_cards_uncounted AFTER DELETE ON issued_punch_cards
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'issued_punch_card';
END;

CREATE TRIGGER punch_cards_deleted AFTER DELETE ON punch_cards
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'punch_card' AND row_id = OLD.id;
END;

CREATE TRIGGER issued_punch_cards_deleted AFTER DELETE ON issued_punch_cards
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'issued_punch_card' AND row_id = OLD.id;
END;

-- An issued card goes with its customer or its punch card, and comes back with it: so does its history.
CREATE TRIGGER issued_punch_cards_history_ended AFTER DELETE ON issued_punch_cards
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'issued_punch_card' AND row_id = OLD.id;
END;

CREATE TRIGGER issued_punch_cards_history_resumed AFTER INSERT ON issued_punch_cards
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = 'issued_punch_card' AND row_id = NEW.id;
END;
