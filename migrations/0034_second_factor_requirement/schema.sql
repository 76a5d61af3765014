-- Whether whoever works in the portal, or for the developer, must have a second factor.
ALTER TABLE portals ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE developers ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
