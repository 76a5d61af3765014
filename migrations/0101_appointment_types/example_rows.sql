INSERT INTO appointment_types (portal_id, id, name, duration, buffer_before, buffer_after, notice, created_at)
    VALUES ('prt_a', 'aty_a', 'Onderhoud', 90, 15, 15, 24, 1);
