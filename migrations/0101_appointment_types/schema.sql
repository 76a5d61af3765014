-- The kinds of appointments that a business makes.
CREATE TABLE appointment_types (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- In minutes.
    duration BIGINT NOT NULL,
    -- Minutes before and after an appointment in which there is no other.
    buffer_before BIGINT NOT NULL,
    buffer_after BIGINT NOT NULL,
    -- How many hours beforehand one is made at the latest.
    notice BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id)
);

-- What an appointment has of its type, which may be changed or deleted since.
ALTER TABLE appointments ADD COLUMN type_id TEXT;
ALTER TABLE appointments ADD COLUMN type_name TEXT;
ALTER TABLE appointments ADD COLUMN buffer_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE appointments ADD COLUMN buffer_after BIGINT NOT NULL DEFAULT 0;

-- A scheduled appointment takes its time and that of its buffers.
DROP INDEX appointments_scheduled;
CREATE INDEX appointments_scheduled ON appointments
    (portal_id, (starts_at - buffer_before * 60000), (ends_at + buffer_after * 60000)) WHERE status = 'scheduled';
