-- What is shown of a customer names its groups, so a change of them is one of the customer.

DROP TRIGGER customer_group_members_added;
CREATE TRIGGER customer_group_members_added AFTER INSERT ON customer_group_members
BEGIN
    UPDATE customers SET group_ids = group_ids || ' ' || NEW.group_id, revision = revision + 1
    WHERE portal_id = NEW.portal_id AND id = NEW.customer_id;
END;

DROP TRIGGER customer_group_members_removed;
CREATE TRIGGER customer_group_members_removed AFTER DELETE ON customer_group_members
BEGIN
    UPDATE customers SET group_ids = replace(group_ids, ' ' || OLD.group_id, ''), revision = revision + 1
    WHERE portal_id = OLD.portal_id AND id = OLD.customer_id;
END;
