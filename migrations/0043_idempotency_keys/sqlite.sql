-- See schema.sql.

CREATE TRIGGER idempotency_keys_counted AFTER INSERT ON idempotency_keys
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'idempotency_key', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER idempotency_keys_uncounted AFTER DELETE ON idempotency_keys
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'idempotency_key';
END;
