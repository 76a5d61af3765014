INSERT INTO file_uploads (portal_id, id, account_id, directory_id, name, size, modified_at, received, created_at, updated_at)
VALUES ('prt_a', 'fup_a', 'acc_a', 'root', 'Film.mp4', 20000000, 1, 1, 1, 1);
INSERT INTO file_upload_parts (portal_id, upload_id, number, file_id, size, sha256)
VALUES ('prt_a', 'fup_a', 1, 'fsf_c', 8388608, '00');
