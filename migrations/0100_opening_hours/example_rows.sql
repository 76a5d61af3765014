INSERT INTO opening_hours (portal_id, monday, revision) VALUES ('prt_a', '09:00-12:30, 13:00-17:00', 1);
INSERT INTO closed_days (portal_id, id, name, first_day, last_day)
    VALUES ('prt_a', 'cld_a', 'Eerste Kerstdag', '2026-12-25', '2026-12-25');
