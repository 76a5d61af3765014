-- Tickets: conversations of the business with its customers and others.
CREATE TABLE tickets (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    -- portal, email or chat: where it began.
    source TEXT NOT NULL,
    -- open or closed.
    status TEXT NOT NULL,
    customer_id TEXT,
    -- The account of the member who takes care of it. Whoever has left the portal takes care of nothing.
    assignee_id TEXT,
    -- The number of its messages, with the internal notes.
    messages BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    -- Its last message or other change.
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX tickets_by_age ON tickets (portal_id, created_at, id);
CREATE INDEX tickets_by_change ON tickets (portal_id, updated_at, id);
CREATE INDEX tickets_of_customer ON tickets (portal_id, customer_id, updated_at, id);
CREATE INDEX tickets_of_assignee ON tickets (portal_id, assignee_id, updated_at, id);

-- What was written in a ticket, in the order of the numbers.
CREATE TABLE ticket_messages (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    -- That of the ticket, by which the messages go into the bin with the customer.
    customer_id TEXT,
    number BIGINT NOT NULL,
    -- customer, employee or note: who wrote it. A note is seen by the members of the portal only.
    kind TEXT NOT NULL,
    -- The name of the person, key or app at that time.
    posted_by TEXT NOT NULL,
    -- Safe HTML.
    body TEXT NOT NULL,
    posted_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, ticket_id) REFERENCES tickets (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE UNIQUE INDEX ticket_messages_in_order ON ticket_messages (portal_id, ticket_id, number);
CREATE INDEX ticket_messages_of_customer ON ticket_messages (portal_id, customer_id);

-- Tickets with something that a member hasn't read.
CREATE TABLE unread_tickets (
    portal_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, account_id, ticket_id),
    FOREIGN KEY (portal_id, account_id) REFERENCES portal_members (portal_id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, ticket_id) REFERENCES tickets (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX unread_tickets_by_ticket ON unread_tickets (portal_id, ticket_id);
