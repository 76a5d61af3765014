-- The secret before the last rotation, sealed, and until when deliveries are signed with it too.
ALTER TABLE webhooks ADD COLUMN previous_secret BYTEA;
ALTER TABLE webhooks ADD COLUMN previous_until BIGINT;
