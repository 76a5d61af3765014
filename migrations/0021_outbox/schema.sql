-- Mail that is sent once, because of something that happened once, until the mail server has taken it. None of it holds
-- a secret: mail with a link that opens something is never written here.

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_next_try ON outbox (next_try_at);
