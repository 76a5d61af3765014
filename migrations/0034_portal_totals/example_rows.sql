INSERT INTO portal_totals (portal_id, kind, row_count) VALUES ('prt_a', 'customer', 1) ON CONFLICT DO NOTHING;
