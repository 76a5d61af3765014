-- What a session proved, and how long it lasts. second_factor_at is when a code or a passkey was last given;
-- kept tells that the browser stays logged in without use.
ALTER TABLE sessions ADD COLUMN second_factor_at BIGINT;
ALTER TABLE sessions ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE log_in_steps ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;

-- The language that the person was last seen to use: 'nl' or 'en'.
ALTER TABLE accounts ADD COLUMN language TEXT;
