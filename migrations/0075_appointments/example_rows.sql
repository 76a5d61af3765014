INSERT INTO appointments (portal_id, id, name, status, starts_at, ends_at, starts_local, time_zone, customer_id,
    attendee_name, attendee_email, created_at, updated_at)
VALUES ('prt_a', 'apt_a', 'Onderhoud', 'scheduled', 1796115600000, 1796119200000, '2026-12-01 10:00:00',
    'Europe/Amsterdam', 'cst_a', 'Sanne van Dijk', 'sanne@korenaar.example', 1, 1);
