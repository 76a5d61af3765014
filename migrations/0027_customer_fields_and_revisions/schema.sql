-- What a business writes down of a customer beside the contract's fields, and how often a row was changed. What a
-- search looks in lies in search_entries.

ALTER TABLE customers ADD COLUMN customer_type TEXT NOT NULL DEFAULT 'business';
ALTER TABLE customers ADD COLUMN contact_person TEXT;
ALTER TABLE customers ADD COLUMN kvk_number TEXT;
ALTER TABLE customers ADD COLUMN vat_number TEXT;
ALTER TABLE customers ADD COLUMN language TEXT;
ALTER TABLE customers ADD COLUMN notes TEXT;
ALTER TABLE customers ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE customer_groups ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

ALTER TABLE customers DROP COLUMN search;
ALTER TABLE customer_groups DROP COLUMN search;

-- To find customers who are entered twice.
CREATE INDEX customers_by_email ON customers (portal_id, lower(primary_email));
CREATE INDEX customers_by_kvk_number ON customers (portal_id, kvk_number) WHERE kvk_number IS NOT NULL;
CREATE INDEX customers_by_zip_code ON customers (portal_id, upper(replace(zip_code, ' ', '')));
