-- Messages that came by mail: the mail's Message-ID without brackets, or the hash of a mail without one.
ALTER TABLE ticket_messages ADD COLUMN mail_id TEXT;
-- The address that it came from, if it was none of the customer's.
ALTER TABLE ticket_messages ADD COLUMN sender TEXT;
-- What it quotes at its end, as safe HTML.
ALTER TABLE ticket_messages ADD COLUMN quoted TEXT;
-- A mail that arrives twice is one message.
CREATE UNIQUE INDEX ticket_messages_by_mail ON ticket_messages (portal_id, ticket_id, mail_id);

-- When the sender of a mail was last told that it wasn't taken.
ALTER TABLE tickets ADD COLUMN refused_at BIGINT;
