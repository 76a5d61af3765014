-- Which apps may ask by device code (RFC 8628). apps.jwks is how an app authenticates: an app that has keys does so by
-- assertions, so no other switch is needed.

ALTER TABLE apps ADD COLUMN device_flow BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE apps DROP COLUMN require_private_key_jwt;
CREATE INDEX device_codes_by_grant ON device_codes (grant_id);
