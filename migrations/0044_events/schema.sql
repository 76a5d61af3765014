-- What happened to a portal's resources: rows are added in the transaction of the change, and never changed. They are
-- kept for 30 days.
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- As the contract names it, such as customer-created.
    type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    -- Counts the events of the resource, from 1 on and without gaps.
    sequence BIGINT NOT NULL,
    -- The resource after the change, or before its deletion, as the API shows it.
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (portal_id, resource_id, sequence)
);
CREATE INDEX events_by_age ON events (created_at);
CREATE INDEX events_of_portal ON events (portal_id, created_at);

-- The number of the last event of each resource, which outlives the event. Who counts on locks it until the transaction
-- ends, so that numbers and commits have the same order.
CREATE TABLE event_sequences (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    resource_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    -- When the resource ended; then the row goes with the event.
    ended_at BIGINT,
    PRIMARY KEY (portal_id, resource_id)
) WITHOUT ROWID;
CREATE INDEX event_sequences_ended ON event_sequences (ended_at) WHERE ended_at IS NOT NULL;
