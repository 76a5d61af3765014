-- Requests of the API with an Idempotency-Key that were carried out in the last 24 hours: a repeated one gets the same
-- answer. A row is written in the transaction of the request's change. Triggers count them, see 0034_portal_totals.
CREATE TABLE idempotency_keys (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- A hash of the key and of whose it is.
    id BYTEA NOT NULL,
    -- A hash of the method, path and body.
    request BYTEA NOT NULL,
    -- Encrypted; NULL when it was too large to store.
    answer BYTEA,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
