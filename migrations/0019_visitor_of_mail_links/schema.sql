-- Of links that confirm an address: the visitor that registered with it, as a hash of what that browser's forms carry.
ALTER TABLE mail_links ADD COLUMN visitor_hash BYTEA;
