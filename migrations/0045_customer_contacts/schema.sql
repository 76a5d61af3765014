-- The persons to contact at a customer, as a JSON list of objects; null without any.
ALTER TABLE customers ADD COLUMN contacts TEXT;
