-- What remains of keys, connections and apps that ended, so that it can still be seen what was done with them.

-- A deleted app is kept until the requests of its time are forgotten; it counts nowhere as an app any more.
ALTER TABLE apps ADD COLUMN deleted_at BIGINT;
CREATE INDEX apps_by_deletion ON apps (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX grants_by_end ON grants (portal_id, revoked_at) WHERE revoked_at IS NOT NULL;

-- Requests that were refused because of their token have segments of their own, with a bound of their own.
ALTER TABLE request_log_segments ADD COLUMN refused BOOLEAN NOT NULL DEFAULT FALSE;

-- Requests whose proof of possession did not count, and what the app was refused when it asked for tokens.
ALTER TABLE app_usage_days ADD COLUMN refused_proof BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_usage_days ADD COLUMN invalid_client BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_usage_days ADD COLUMN invalid_grant BIGINT NOT NULL DEFAULT 0;

-- A key's old secret ends no later than the key.
UPDATE api_keys SET previous_expires_at = expires_at WHERE previous_expires_at > expires_at;

-- For refresh tokens that ended without an end that was set: taken back, or out of use.
CREATE INDEX oauth_tokens_by_revocation ON oauth_tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX oauth_tokens_by_last_use ON oauth_tokens (COALESCE(last_used_at, created_at)) WHERE kind = 'refresh';
