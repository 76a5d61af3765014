-- How many rows of a kind each portal has, so that a limit on them costs no counting. Triggers keep it. Who adds a row
-- holds the number until the transaction ends: of two, the second sees what the first added.
CREATE TABLE portal_totals (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    PRIMARY KEY (portal_id, kind)
) WITHOUT ROWID;
INSERT INTO portal_totals (portal_id, kind, row_count)
    SELECT portal_id, 'customer', COUNT(*) FROM customers GROUP BY portal_id;
INSERT INTO portal_totals (portal_id, kind, row_count)
    SELECT portal_id, 'customer_group', COUNT(*) FROM customer_groups GROUP BY portal_id;
