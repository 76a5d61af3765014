CREATE TRIGGER api_keys_updated_token_data AFTER UPDATE ON api_keys
WHEN OLD.id IS NOT NEW.id OR OLD.portal_id IS NOT NEW.portal_id OR OLD.token_hash IS NOT NEW.token_hash OR
    OLD.scopes IS NOT NEW.scopes OR OLD.rate_limit IS NOT NEW.rate_limit OR OLD.created_at IS NOT
    NEW.created_at OR OLD.expires_at IS NOT NEW.expires_at OR OLD.revoked_at IS NOT NEW.revoked_at OR
    OLD.allowed_addresses IS NOT NEW.allowed_addresses OR OLD.previous_hash IS NOT NEW.previous_hash OR
    OLD.previous_expires_at IS NOT NEW.previous_expires_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER api_keys_deleted_token_data AFTER DELETE ON api_keys
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER app_secrets_updated_token_data AFTER UPDATE ON app_secrets
WHEN OLD.id IS NOT NEW.id OR OLD.app_id IS NOT NEW.app_id OR OLD.secret_hash IS NOT NEW.secret_hash OR
    OLD.secret_start IS NOT NEW.secret_start OR OLD.created_at IS NOT NEW.created_at OR OLD.expires_at IS NOT
    NEW.expires_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER app_secrets_deleted_token_data AFTER DELETE ON app_secrets
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER apps_updated_token_data AFTER UPDATE ON apps
WHEN OLD.id IS NOT NEW.id OR OLD.developer_id IS NOT NEW.developer_id OR OLD.name IS NOT NEW.name OR
    OLD.description IS NOT NEW.description OR OLD.website IS NOT NEW.website OR OLD.logo IS NOT NEW.logo OR
    OLD.redirect_uris IS NOT NEW.redirect_uris OR OLD.scopes IS NOT NEW.scopes OR OLD.created_at IS NOT
    NEW.created_at OR OLD.client_type IS NOT NEW.client_type OR OLD.rotate_refresh_tokens IS NOT
    NEW.rotate_refresh_tokens OR OLD.require_pkce IS NOT NEW.require_pkce OR OLD.require_dpop IS NOT
    NEW.require_dpop OR OLD.jwks IS NOT NEW.jwks OR OLD.optional_scopes IS NOT NEW.optional_scopes OR
    OLD.device_flow IS NOT NEW.device_flow OR OLD.deleted_at IS NOT NEW.deleted_at OR OLD.disabled_at IS NOT
    NEW.disabled_at OR OLD.end_refresh_tokens IS NOT NEW.end_refresh_tokens
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER apps_deleted_token_data AFTER DELETE ON apps
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER developers_updated_token_data AFTER UPDATE ON developers
WHEN OLD.id IS NOT NEW.id OR OLD.name IS NOT NEW.name OR OLD.disabled_at IS NOT NEW.disabled_at OR
    OLD.deleted_at IS NOT NEW.deleted_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER developers_deleted_token_data AFTER DELETE ON developers
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER grants_updated_token_data AFTER UPDATE ON grants
WHEN OLD.id IS NOT NEW.id OR OLD.portal_id IS NOT NEW.portal_id OR OLD.app_id IS NOT NEW.app_id OR
    OLD.revoked_at IS NOT NEW.revoked_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER grants_deleted_token_data AFTER DELETE ON grants
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER oauth_tokens_updated_token_data AFTER UPDATE ON oauth_tokens
WHEN OLD.id IS NOT NEW.id OR OLD.token_hash IS NOT NEW.token_hash OR OLD.kind IS NOT NEW.kind OR OLD.grant_id
    IS NOT NEW.grant_id OR OLD.scopes IS NOT NEW.scopes OR OLD.created_at IS NOT NEW.created_at OR
    OLD.expires_at IS NOT NEW.expires_at OR OLD.revoked_at IS NOT NEW.revoked_at OR OLD.dpop_jkt IS NOT
    NEW.dpop_jkt
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER oauth_tokens_deleted_token_data AFTER DELETE ON oauth_tokens
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER portals_updated_token_data AFTER UPDATE ON portals
WHEN OLD.id IS NOT NEW.id OR OLD.time_zone IS NOT NEW.time_zone OR OLD.sandbox_of IS NOT NEW.sandbox_of OR
    OLD.deleted_at IS NOT NEW.deleted_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER portals_deleted_token_data AFTER DELETE ON portals
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER resource_servers_updated_token_data AFTER UPDATE ON resource_servers
WHEN OLD.id IS NOT NEW.id OR OLD.name IS NOT NEW.name OR OLD.scopes IS NOT NEW.scopes OR OLD.secret_hash IS
    NOT NEW.secret_hash OR OLD.secret_start IS NOT NEW.secret_start OR OLD.previous_hash IS NOT
    NEW.previous_hash OR OLD.previous_expires_at IS NOT NEW.previous_expires_at OR OLD.created_at IS NOT
    NEW.created_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER resource_servers_deleted_token_data AFTER DELETE ON resource_servers
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;
