-- Appointments of the business with its customers and others.
CREATE TABLE appointments (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- What it is about.
    name TEXT NOT NULL,
    -- pending, scheduled or canceled. Only a scheduled one takes its time.
    status TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- What the clocks of its time zone show at the start: what was agreed, also if the portal moves to another zone.
    starts_local TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    customer_id TEXT,
    attendee_name TEXT NOT NULL,
    attendee_email TEXT NOT NULL,
    online_meeting_link TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id),
    CHECK (starts_at < ends_at),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX appointments_by_age ON appointments (portal_id, created_at, id);
CREATE INDEX appointments_by_change ON appointments (portal_id, updated_at, id);
CREATE INDEX appointments_by_start ON appointments (portal_id, starts_at, id);
CREATE INDEX appointments_of_customer ON appointments (portal_id, customer_id, starts_at, id);
CREATE INDEX appointments_scheduled ON appointments (portal_id, starts_at, ends_at) WHERE status = 'scheduled';
