-- What /readyz writes to see whether the database can be written: one row.
CREATE TABLE readiness_probes (
    name TEXT PRIMARY KEY,
    probed_at BIGINT NOT NULL
);
