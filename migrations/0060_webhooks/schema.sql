-- Addresses that are told of one type of event each.
CREATE TABLE webhooks (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- As the contract names it, such as customer-created.
    type TEXT NOT NULL,
    url TEXT NOT NULL,
    -- What deliveries are signed with: 32 bytes, sealed. Empty once the key that sealed it is lost; the next start makes
    -- a new one.
    secret BYTEA NOT NULL,
    -- Whether deliveries carry the secret itself in a header, as the contract has it.
    sends_secret BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    -- Since when nothing but failures, when people were warned of it, when it was switched off for it, and when people
    -- were told.
    failing_since BIGINT,
    warned_at BIGINT,
    switched_off_at BIGINT,
    told_at BIGINT,
    PRIMARY KEY (portal_id, id)
);
CREATE INDEX webhooks_by_age ON webhooks (portal_id, created_at, id);
CREATE INDEX webhooks_of_type ON webhooks (portal_id, type);
CREATE INDEX webhooks_failing ON webhooks (failing_since) WHERE failing_since IS NOT NULL;
