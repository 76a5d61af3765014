-- The fields that a portal has added to its customers.
CREATE TABLE customer_fields (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- The name on the wire, which never changes.
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What can be chosen, a line for each; empty for other kinds.
    choices TEXT NOT NULL,
    is_required BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Set while its values are being removed; afterwards the row goes too.
    deleted_at BIGINT,
    PRIMARY KEY (portal_id, key)
);

-- Their values, as a JSON object of keys and values; null without any.
ALTER TABLE customers ADD COLUMN custom_fields TEXT;
-- The same values without their keys, for searches.
ALTER TABLE customers ADD COLUMN custom_text TEXT;
