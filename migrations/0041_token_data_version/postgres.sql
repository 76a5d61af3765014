-- At the end of the transaction, so that the row is the last that it locks. A transaction's id is a version that no
-- other takes.
CREATE FUNCTION token_data_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE token_data_version SET version = pg_current_xact_id()::text::bigint
    WHERE version <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER api_keys_updated_token_data AFTER UPDATE ON api_keys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.portal_id IS DISTINCT FROM NEW.portal_id OR OLD.token_hash IS
    DISTINCT FROM NEW.token_hash OR OLD.scopes IS DISTINCT FROM NEW.scopes OR OLD.rate_limit IS DISTINCT FROM
    NEW.rate_limit OR OLD.created_at IS DISTINCT FROM NEW.created_at OR OLD.expires_at IS DISTINCT FROM
    NEW.expires_at OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.allowed_addresses IS DISTINCT FROM
    NEW.allowed_addresses OR OLD.previous_hash IS DISTINCT FROM NEW.previous_hash OR OLD.previous_expires_at
    IS DISTINCT FROM NEW.previous_expires_at)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER api_keys_deleted_token_data AFTER DELETE ON api_keys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER api_keys_truncated_token_data AFTER TRUNCATE ON api_keys
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER app_secrets_updated_token_data AFTER UPDATE ON app_secrets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.app_id IS DISTINCT FROM NEW.app_id OR OLD.secret_hash IS DISTINCT
    FROM NEW.secret_hash OR OLD.secret_start IS DISTINCT FROM NEW.secret_start OR OLD.created_at IS DISTINCT
    FROM NEW.created_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER app_secrets_deleted_token_data AFTER DELETE ON app_secrets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER app_secrets_truncated_token_data AFTER TRUNCATE ON app_secrets
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER apps_updated_token_data AFTER UPDATE ON apps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.developer_id IS DISTINCT FROM NEW.developer_id OR OLD.name IS
    DISTINCT FROM NEW.name OR OLD.description IS DISTINCT FROM NEW.description OR OLD.website IS DISTINCT FROM
    NEW.website OR OLD.logo IS DISTINCT FROM NEW.logo OR OLD.redirect_uris IS DISTINCT FROM NEW.redirect_uris
    OR OLD.scopes IS DISTINCT FROM NEW.scopes OR OLD.created_at IS DISTINCT FROM NEW.created_at OR
    OLD.client_type IS DISTINCT FROM NEW.client_type OR OLD.rotate_refresh_tokens IS DISTINCT FROM
    NEW.rotate_refresh_tokens OR OLD.require_pkce IS DISTINCT FROM NEW.require_pkce OR OLD.require_dpop IS
    DISTINCT FROM NEW.require_dpop OR OLD.jwks IS DISTINCT FROM NEW.jwks OR OLD.optional_scopes IS DISTINCT
    FROM NEW.optional_scopes OR OLD.device_flow IS DISTINCT FROM NEW.device_flow OR OLD.deleted_at IS DISTINCT
    FROM NEW.deleted_at OR OLD.disabled_at IS DISTINCT FROM NEW.disabled_at OR OLD.end_refresh_tokens IS
    DISTINCT FROM NEW.end_refresh_tokens)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER apps_deleted_token_data AFTER DELETE ON apps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER apps_truncated_token_data AFTER TRUNCATE ON apps
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER developers_updated_token_data AFTER UPDATE ON developers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.name IS DISTINCT FROM NEW.name OR OLD.disabled_at IS DISTINCT FROM
    NEW.disabled_at OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER developers_deleted_token_data AFTER DELETE ON developers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER developers_truncated_token_data AFTER TRUNCATE ON developers
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER grants_updated_token_data AFTER UPDATE ON grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.portal_id IS DISTINCT FROM NEW.portal_id OR OLD.app_id IS DISTINCT
    FROM NEW.app_id OR OLD.revoked_at IS DISTINCT FROM NEW.revoked_at)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER grants_deleted_token_data AFTER DELETE ON grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER grants_truncated_token_data AFTER TRUNCATE ON grants
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER oauth_tokens_updated_token_data AFTER UPDATE ON oauth_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.token_hash IS DISTINCT FROM NEW.token_hash OR OLD.kind IS DISTINCT
    FROM NEW.kind OR OLD.grant_id IS DISTINCT FROM NEW.grant_id OR OLD.scopes IS DISTINCT FROM NEW.scopes OR
    OLD.created_at IS DISTINCT FROM NEW.created_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at OR
    OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.dpop_jkt IS DISTINCT FROM NEW.dpop_jkt)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER oauth_tokens_deleted_token_data AFTER DELETE ON oauth_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER oauth_tokens_truncated_token_data AFTER TRUNCATE ON oauth_tokens
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER portals_updated_token_data AFTER UPDATE ON portals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.time_zone IS DISTINCT FROM NEW.time_zone OR OLD.sandbox_of IS
    DISTINCT FROM NEW.sandbox_of OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER portals_deleted_token_data AFTER DELETE ON portals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER portals_truncated_token_data AFTER TRUNCATE ON portals
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER resource_servers_updated_token_data AFTER UPDATE ON resource_servers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.name IS DISTINCT FROM NEW.name OR OLD.scopes IS DISTINCT FROM
    NEW.scopes OR OLD.secret_hash IS DISTINCT FROM NEW.secret_hash OR OLD.secret_start IS DISTINCT FROM
    NEW.secret_start OR OLD.previous_hash IS DISTINCT FROM NEW.previous_hash OR OLD.previous_expires_at IS
    DISTINCT FROM NEW.previous_expires_at OR OLD.created_at IS DISTINCT FROM NEW.created_at)
EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER resource_servers_deleted_token_data AFTER DELETE ON resource_servers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER resource_servers_truncated_token_data AFTER TRUNCATE ON resource_servers
EXECUTE FUNCTION token_data_changed();
