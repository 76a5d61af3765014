-- The queue. A row is a job: waiting until run_at, running while an instance holds a claim, failed when it was given up,
-- done when its kind is kept for a while.
CREATE TABLE jobs (
    id BIGSERIAL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    -- What it ends with.
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    subject TEXT,
    -- At most some jobs of a lane run at once; those with the same order key run one after the other.
    lane TEXT NOT NULL,
    order_key TEXT,
    -- Whether it waits for an earlier one of its order key, and whether a later one waits for it.
    held BOOLEAN NOT NULL DEFAULT FALSE,
    awaited BOOLEAN NOT NULL DEFAULT FALSE,
    run_at BIGINT NOT NULL,
    -- Whether run_at is a time that was chosen, and not one that the queue determined.
    planned BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Since when it has been failing.
    failed_at BIGINT,
    last_error TEXT,
    claimed_by TEXT,
    claimed_until BIGINT,
    ended_at BIGINT,
    remove_at BIGINT
);
CREATE INDEX jobs_waiting_by_lane ON jobs (kind, lane, run_at, id) WHERE state = 'waiting';
CREATE INDEX jobs_waiting_by_time ON jobs (kind, planned, run_at) WHERE state = 'waiting';
CREATE INDEX jobs_running ON jobs (kind, lane, claimed_until) WHERE state = 'running';
CREATE INDEX jobs_failed ON jobs (kind, id) WHERE state = 'failed';
CREATE INDEX jobs_in_order ON jobs (kind, order_key, id) WHERE order_key IS NOT NULL AND ended_at IS NULL;
CREATE INDEX jobs_by_portal ON jobs (portal_id) WHERE portal_id IS NOT NULL;
CREATE INDEX jobs_by_subject ON jobs (subject) WHERE subject IS NOT NULL;
CREATE INDEX jobs_by_removal ON jobs (remove_at) WHERE remove_at IS NOT NULL;
