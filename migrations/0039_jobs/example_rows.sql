INSERT INTO jobs (kind, payload, lane, run_at, planned, created_at) VALUES ('example', '{}', '', 1, FALSE, 1);
INSERT INTO periodic_work (name, started_at) VALUES ('example', 1);
INSERT INTO finished_steps (name, finished_at) VALUES ('example', 1);
