-- See schema.sql.

CREATE TRIGGER customer_group_members_added AFTER INSERT ON customer_group_members
BEGIN
    UPDATE customers SET group_ids = group_ids || ' ' || NEW.group_id
    WHERE portal_id = NEW.portal_id AND id = NEW.customer_id;
END;

CREATE TRIGGER customer_group_members_removed AFTER DELETE ON customer_group_members
BEGIN
    UPDATE customers SET group_ids = replace(group_ids, ' ' || OLD.group_id, '')
    WHERE portal_id = OLD.portal_id AND id = OLD.customer_id;
END;
