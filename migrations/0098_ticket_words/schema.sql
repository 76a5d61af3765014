-- The folded words of a ticket's messages, each once and the latest first, by which it is found. Without those of internal notes.
ALTER TABLE tickets ADD COLUMN words TEXT;
