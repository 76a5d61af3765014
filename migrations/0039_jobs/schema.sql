-- Work that happens once however many instances there are, and what was done at starts. The queue's own table is in
-- sqlite.sql and postgres.sql.

-- When periodic work was last started, by any instance.
CREATE TABLE periodic_work (
    name TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL
);
INSERT INTO periodic_work (name, started_at) SELECT 'clean-up', cleaned_up_at FROM maintenance WHERE cleaned_up_at > 0;

-- Steps of a start that left nothing to do, and are not repeated.
CREATE TABLE finished_steps (
    name TEXT PRIMARY KEY,
    finished_at BIGINT NOT NULL
);
