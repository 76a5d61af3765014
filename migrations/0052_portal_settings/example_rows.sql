INSERT INTO portal_settings (portal_id, legal_name, color, revision) VALUES ('prt_a', 'Bakkerij B.V.', '#0b6b7a', 1);
