-- See schema.sql.

CREATE TRIGGER idempotency_usage_added AFTER INSERT ON idempotency_keys
BEGIN
    INSERT INTO idempotency_usage (portal_id, holder, key_count, byte_count)
    VALUES (NEW.portal_id, NEW.holder, 1, COALESCE(LENGTH(NEW.answer), 0))
    ON CONFLICT (portal_id, holder) DO UPDATE
    SET key_count = key_count + 1, byte_count = byte_count + excluded.byte_count;
END;

CREATE TRIGGER idempotency_usage_changed AFTER UPDATE ON idempotency_keys
BEGIN
    UPDATE idempotency_usage
    SET byte_count = byte_count - COALESCE(LENGTH(OLD.answer), 0) + COALESCE(LENGTH(NEW.answer), 0)
    WHERE portal_id = NEW.portal_id AND holder = NEW.holder;
END;

CREATE TRIGGER idempotency_usage_removed AFTER DELETE ON idempotency_keys
BEGIN
    UPDATE idempotency_usage
    SET key_count = key_count - 1, byte_count = byte_count - COALESCE(LENGTH(OLD.answer), 0)
    WHERE portal_id = OLD.portal_id AND holder = OLD.holder;
    DELETE FROM idempotency_usage WHERE portal_id = OLD.portal_id AND holder = OLD.holder AND key_count = 0;
END;
