-- The punch cards that a business offers, and those that its customers have.
CREATE TABLE punch_cards (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- The number of punches of a full card.
    punches BIGINT NOT NULL,
    -- What a punch is for, such as a cup of coffee.
    punch_label TEXT NOT NULL,
    for_sale BOOLEAN NOT NULL,
    -- In cents.
    price BIGINT,
    vat_rate BIGINT,
    -- How long a card is valid after it was issued; null if it always is.
    expiry_value BIGINT,
    -- days, months or years.
    expiry_period TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;
CREATE INDEX punch_cards_by_age ON punch_cards (portal_id, created_at, id);
CREATE INDEX punch_cards_by_change ON punch_cards (portal_id, updated_at, id);

CREATE TABLE issued_punch_cards (
    portal_id TEXT NOT NULL,
    id TEXT NOT NULL,
    punch_card_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    -- What is typed or scanned at the counter.
    code TEXT NOT NULL,
    -- The number of punches when it was issued, and how many are left.
    punches BIGINT NOT NULL,
    punches_left BIGINT NOT NULL CHECK (punches_left BETWEEN 0 AND punches),
    expires_at BIGINT,
    -- When it was issued.
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id),
    UNIQUE (portal_id, code),
    FOREIGN KEY (portal_id, punch_card_id) REFERENCES punch_cards (portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX issued_punch_cards_by_age ON issued_punch_cards (portal_id, created_at, id);
CREATE INDEX issued_punch_cards_of_card ON issued_punch_cards (portal_id, punch_card_id, id);
CREATE INDEX issued_punch_cards_of_customer ON issued_punch_cards (portal_id, customer_id, created_at, id);
