-- The key or consent whose token a request had; empty for rows of the version before.
ALTER TABLE idempotency_keys ADD COLUMN holder TEXT NOT NULL DEFAULT '';

-- How much each of them stores, so that none takes the room of the others. Triggers keep it, after those of
-- 0043_idempotency_keys, which lock the portal's number until the transaction ends.
CREATE TABLE idempotency_usage (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    holder TEXT NOT NULL,
    key_count BIGINT NOT NULL,
    -- Of the stored answers.
    byte_count BIGINT NOT NULL,
    PRIMARY KEY (portal_id, holder)
) WITHOUT ROWID;
INSERT INTO idempotency_usage (portal_id, holder, key_count, byte_count)
    SELECT portal_id, '', COUNT(*), COALESCE(SUM(LENGTH(answer)), 0) FROM idempotency_keys GROUP BY portal_id;
