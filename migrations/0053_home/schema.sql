-- The requests of each key and each app on a day (Amsterdam's, such as 2026-11-24). Those of a portal are added up when
-- they are shown: rows of their own are written in the order of the keys and apps, as all that is noted of them.
CREATE TABLE portal_usage_days (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    -- The id of the key, or of the grant.
    subject TEXT NOT NULL,
    requests BIGINT NOT NULL,
    -- Of those, the ones with a status of 400 or higher.
    errors BIGINT NOT NULL,
    PRIMARY KEY (portal_id, day, subject)
) WITHOUT ROWID;
CREATE INDEX portal_usage_days_by_age ON portal_usage_days (day);

-- When a person hid the first steps in a portal.
ALTER TABLE portal_members ADD COLUMN first_steps_hidden_at BIGINT;
