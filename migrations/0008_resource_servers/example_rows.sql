INSERT INTO resource_servers (id, name, scopes, secret_hash, secret_start, created_at) VALUES ('rsv_a', 'Archief', 'customers.read', 'secret', 'kpr_', 1);
