-- See schema.sql. The new value is made of the row's own, so that of two changes at once, which
-- wait for each other at the row, none is lost.

CREATE FUNCTION customer_group_members_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers SET group_ids = group_ids || ' ' || NEW.group_id
    WHERE portal_id = NEW.portal_id AND id = NEW.customer_id;
    RETURN NULL;
END $$;

CREATE FUNCTION customer_group_members_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers SET group_ids = replace(group_ids, ' ' || OLD.group_id, '')
    WHERE portal_id = OLD.portal_id AND id = OLD.customer_id;
    RETURN NULL;
END $$;

CREATE TRIGGER customer_group_members_added AFTER INSERT ON customer_group_members
    FOR EACH ROW EXECUTE FUNCTION customer_group_members_added();
CREATE TRIGGER customer_group_members_removed AFTER DELETE ON customer_group_members
    FOR EACH ROW EXECUTE FUNCTION customer_group_members_removed();
