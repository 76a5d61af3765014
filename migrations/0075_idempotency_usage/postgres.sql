-- See schema.sql. A row's holder never changes.

CREATE FUNCTION idempotency_usage_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO idempotency_usage AS u (portal_id, holder, key_count, byte_count)
    SELECT portal_id, holder, COUNT(*), COALESCE(SUM(LENGTH(answer)), 0) FROM added
    GROUP BY portal_id, holder ORDER BY portal_id COLLATE "C", holder COLLATE "C"
    ON CONFLICT (portal_id, holder) DO UPDATE
    SET key_count = u.key_count + excluded.key_count, byte_count = u.byte_count + excluded.byte_count;
    RETURN NULL;
END $$;

CREATE FUNCTION idempotency_usage_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, holder, COUNT(*) AS key_count, COALESCE(SUM(LENGTH(answer)), 0) AS byte_count FROM removed
        GROUP BY portal_id, holder ORDER BY portal_id COLLATE "C", holder COLLATE "C"
    LOOP
        UPDATE idempotency_usage
        SET key_count = key_count - gone.key_count, byte_count = byte_count - gone.byte_count
        WHERE portal_id = gone.portal_id AND holder = gone.holder;
        DELETE FROM idempotency_usage
        WHERE portal_id = gone.portal_id AND holder = gone.holder AND key_count = 0;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION idempotency_usage_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE idempotency_usage
    SET byte_count = byte_count - COALESCE(LENGTH(OLD.answer), 0) + COALESCE(LENGTH(NEW.answer), 0)
    WHERE portal_id = NEW.portal_id AND holder = NEW.holder;
    RETURN NULL;
END $$;

CREATE TRIGGER idempotency_usage_added AFTER INSERT ON idempotency_keys
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION idempotency_usage_added();
CREATE TRIGGER idempotency_usage_removed AFTER DELETE ON idempotency_keys
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION idempotency_usage_removed();
CREATE TRIGGER idempotency_usage_changed AFTER UPDATE ON idempotency_keys
    FOR EACH ROW EXECUTE FUNCTION idempotency_usage_changed();
