INSERT INTO readiness_probes (name, probed_at) VALUES ('server', 1);
