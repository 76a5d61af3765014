-- See schema.sql.

CREATE TRIGGER idempotency_keys_counted AFTER INSERT ON idempotency_keys
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('idempotency_key');
CREATE TRIGGER idempotency_keys_uncounted AFTER DELETE ON idempotency_keys
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('idempotency_key');
