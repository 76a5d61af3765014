INSERT INTO files (portal_id, id, directory_id, name, name_lower, name_key, size, mime, sha256, created_at)
VALUES ('prt_a', 'fsf_a', 'root', 'Offerte.pdf', 'offerte.pdf', '1offerte.pdf', 3, 'application/pdf', '00', 1);
