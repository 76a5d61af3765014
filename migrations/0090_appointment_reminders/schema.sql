-- How a portal deals with its appointments. One without a row has never changed that.
CREATE TABLE appointment_settings (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    -- How many hours before an appointment its person is reminded; null for never.
    reminder_hours BIGINT,
    -- The number of changes.
    revision BIGINT NOT NULL
);

-- The job that reminds the person, if there is one. Earlier ones of an appointment that moved do nothing.
ALTER TABLE appointments ADD COLUMN reminder BIGINT;
