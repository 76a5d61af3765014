-- What lists are sorted by. A row that was never changed has no time of a change.
ALTER TABLE customers ADD COLUMN updated_at BIGINT;
ALTER TABLE customer_groups ADD COLUMN updated_at BIGINT;

CREATE INDEX customers_by_change ON customers (portal_id, COALESCE(updated_at, created_at), id);
CREATE INDEX customer_groups_by_change ON customer_groups (portal_id, COALESCE(updated_at, created_at), id);
