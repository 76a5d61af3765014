-- A customer is read far more often than it is put into a group, so its row says which groups it is in: a space
-- before each id. The table of members stays what counts; triggers on it keep the column, so no statement can forget to.

ALTER TABLE customers ADD COLUMN group_ids TEXT NOT NULL DEFAULT '';

UPDATE customers SET group_ids = (
    SELECT ' ' || string_agg(m.group_id, ' ') FROM customer_group_members m
    WHERE m.portal_id = customers.portal_id AND m.customer_id = customers.id
) WHERE EXISTS (SELECT 1 FROM customer_group_members m WHERE m.portal_id = customers.portal_id AND m.customer_id = customers.id);
