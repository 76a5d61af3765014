-- When a business is open. A portal without a row has no opening hours: appointments can be at any time.
CREATE TABLE opening_hours (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    -- Such as "09:00-12:30, 13:00-17:00", what the clocks of the portal's time zone show; null if it is closed all day.
    monday TEXT,
    tuesday TEXT,
    wednesday TEXT,
    thursday TEXT,
    friday TEXT,
    saturday TEXT,
    sunday TEXT,
    -- The number of changes.
    revision BIGINT NOT NULL
);

-- Days on which it is closed: public holidays, and when its people are away.
CREATE TABLE closed_days (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    PRIMARY KEY (portal_id, id)
);
