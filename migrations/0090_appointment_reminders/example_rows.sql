INSERT INTO appointment_settings (portal_id, reminder_hours, revision) VALUES ('prt_a', 24, 1);
