-- What remains of keys, connections and apps that ended, so that it can still be seen what was done with them.

-- A deleted app is kept until the requests of its time are forgotten; it counts nowhere as an app any more.
ALTER TABLE apps ADD COLUMN deleted_at BIGINT;
CREATE INDEX apps_by_deletion ON apps (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX grants_by_end ON grants (portal_id, revoked_at) WHERE revoked_at IS NOT NULL;

-- A key's old secret ends no later than the key.
UPDATE api_keys SET previous_expires_at = expires_at WHERE previous_expires_at > expires_at;
