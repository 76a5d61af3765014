-- What a business says about itself, and how its portal looks. A portal without a row has none of it. The row is not
-- that of the portal, which every change of its people locks and thereby writes: a logo has up to 256 kB.
CREATE TABLE portal_settings (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    legal_name TEXT,
    address TEXT,
    zip_code TEXT,
    city TEXT,
    country_code TEXT,
    kvk_number TEXT,
    vat_number TEXT,
    iban TEXT,
    -- Such as #0b6b7a; white text on it is readable.
    color TEXT,
    language TEXT,
    sender_name TEXT,
    logo BYTEA,
    logo_type TEXT,
    -- Differs for each logo, for the caches of browsers.
    logo_version TEXT,
    -- The number of changes.
    revision BIGINT NOT NULL
);
