-- Advances in each transaction that changes or deletes what a token, an API key or a client's credentials depend on.
-- An INSERT does not count: only rows that were found are remembered, each by a unique key.
CREATE TABLE token_data_version (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    version BIGINT NOT NULL
);

INSERT INTO token_data_version (version) VALUES (0);
