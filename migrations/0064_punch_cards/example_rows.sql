INSERT INTO punch_cards (portal_id, id, name, punches, punch_label, for_sale, created_at, updated_at)
    VALUES ('prt_a', 'pcd_a', 'Koffiekaart', 10, 'kopje koffie', FALSE, 1, 1);
INSERT INTO issued_punch_cards (portal_id, id, punch_card_id, customer_id, code, punches, punches_left, created_at)
    VALUES ('prt_a', 'pcb_a', 'pcd_a', 'cst_a', 'K7MN-4XQP', 10, 9, 1);
