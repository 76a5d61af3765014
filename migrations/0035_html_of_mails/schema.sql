-- Mail has its text as HTML beside it; what an earlier version posts has none.

ALTER TABLE outbox ADD COLUMN html TEXT;
