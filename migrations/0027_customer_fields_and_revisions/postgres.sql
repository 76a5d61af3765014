-- What is shown of a customer names its groups, so a change of them is one of the customer.

CREATE OR REPLACE FUNCTION customer_group_members_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers SET group_ids = group_ids || ' ' || NEW.group_id, revision = revision + 1
    WHERE portal_id = NEW.portal_id AND id = NEW.customer_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION customer_group_members_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers SET group_ids = replace(group_ids, ' ' || OLD.group_id, ''), revision = revision + 1
    WHERE portal_id = OLD.portal_id AND id = OLD.customer_id;
    RETURN NULL;
END $$;
