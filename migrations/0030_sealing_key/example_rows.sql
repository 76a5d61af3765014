INSERT INTO sealing_key (key_id) VALUES ('keyident');
