-- The folded name, compared byte by byte as on SQLite. The next start gives it to the rows of earlier versions.
ALTER TABLE customers ADD COLUMN name_key TEXT COLLATE "C";
ALTER TABLE customer_groups ADD COLUMN name_key TEXT COLLATE "C";

CREATE INDEX customers_by_name ON customers (portal_id, COALESCE(name_key, lower(company_name)), id);
CREATE INDEX customer_groups_by_name ON customer_groups (portal_id, COALESCE(name_key, lower(name)), id);
