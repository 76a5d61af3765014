-- The id of the key that sealed values (the seeds of authenticator apps) are sealed with; the key itself is
-- never in the database. One row at most.
CREATE TABLE sealing_key (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    key_id BYTEA NOT NULL
);
