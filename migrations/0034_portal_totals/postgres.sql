-- See schema.sql. The kind is the trigger's argument.

CREATE FUNCTION portal_rows_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO portal_totals AS t (portal_id, kind, row_count)
    SELECT portal_id, TG_ARGV[0], COUNT(*) FROM added GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = t.row_count + excluded.row_count;
    RETURN NULL;
END $$;

CREATE FUNCTION portal_rows_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, COUNT(*) AS row_count FROM removed GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    LOOP
        UPDATE portal_totals SET row_count = row_count - gone.row_count
        WHERE portal_id = gone.portal_id AND kind = TG_ARGV[0];
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER customers_counted AFTER INSERT ON customers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('customer');
CREATE TRIGGER customers_uncounted AFTER DELETE ON customers
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('customer');
CREATE TRIGGER customer_groups_counted AFTER INSERT ON customer_groups
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('customer_group');
CREATE TRIGGER customer_groups_uncounted AFTER DELETE ON customer_groups
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('customer_group');
