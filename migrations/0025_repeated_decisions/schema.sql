-- Who decided on an app's request, and what: the same decision again is answered as the first.
ALTER TABLE pushed_requests ADD COLUMN decided_by TEXT;
ALTER TABLE pushed_requests ADD COLUMN decision TEXT;
ALTER TABLE device_codes ADD COLUMN decided_by TEXT;
