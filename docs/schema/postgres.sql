CREATE TABLE accounts (
    id text NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    email_verified_at bigint,
    created_at bigint NOT NULL,
    disabled_at bigint,
    deleted_at bigint,
    language text,
    PRIMARY KEY (id),
    UNIQUE (email)
);

CREATE INDEX accounts_unverified ON public.accounts USING btree (created_at) WHERE (email_verified_at IS NULL);

CREATE TABLE answered_forms (
    account_id text NOT NULL,
    mark text NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, mark)
);

CREATE INDEX answered_forms_by_expiry ON public.answered_forms USING btree (expires_at);

CREATE TABLE api_keys (
    id text NOT NULL,
    portal_id text NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    token_start text NOT NULL,
    scopes text NOT NULL,
    rate_limit bigint,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint,
    last_used_address text,
    last_used_agent text,
    allowed_addresses text NOT NULL DEFAULT ''::text,
    previous_hash bytea,
    previous_start text,
    previous_expires_at bigint,
    expiry_warned bigint NOT NULL DEFAULT 0,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (token_hash)
);

CREATE INDEX api_keys_by_expiry ON public.api_keys USING btree (expires_at);

CREATE INDEX api_keys_by_portal ON public.api_keys USING btree (portal_id, created_at);

CREATE UNIQUE INDEX api_keys_by_previous ON public.api_keys USING btree (previous_hash);

CREATE INDEX api_keys_by_revocation ON public.api_keys USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE CONSTRAINT TRIGGER api_keys_deleted_token_data AFTER DELETE ON public.api_keys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER api_keys_truncated_token_data AFTER TRUNCATE ON public.api_keys FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER api_keys_updated_token_data AFTER UPDATE ON public.api_keys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.portal_id IS DISTINCT FROM new.portal_id) OR (old.token_hash IS DISTINCT FROM new.token_hash) OR (old.scopes IS DISTINCT FROM new.scopes) OR (old.rate_limit IS DISTINCT FROM new.rate_limit) OR (old.created_at IS DISTINCT FROM new.created_at) OR (old.expires_at IS DISTINCT FROM new.expires_at) OR (old.revoked_at IS DISTINCT FROM new.revoked_at) OR (old.allowed_addresses IS DISTINCT FROM new.allowed_addresses) OR (old.previous_hash IS DISTINCT FROM new.previous_hash) OR (old.previous_expires_at IS DISTINCT FROM new.previous_expires_at))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE app_secrets (
    id text NOT NULL,
    app_id text NOT NULL,
    secret_hash bytea NOT NULL,
    secret_start text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (secret_hash)
);

CREATE INDEX app_secrets_by_app ON public.app_secrets USING btree (app_id);

CREATE CONSTRAINT TRIGGER app_secrets_deleted_token_data AFTER DELETE ON public.app_secrets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER app_secrets_truncated_token_data AFTER TRUNCATE ON public.app_secrets FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER app_secrets_updated_token_data AFTER UPDATE ON public.app_secrets DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.app_id IS DISTINCT FROM new.app_id) OR (old.secret_hash IS DISTINCT FROM new.secret_hash) OR (old.secret_start IS DISTINCT FROM new.secret_start) OR (old.created_at IS DISTINCT FROM new.created_at) OR (old.expires_at IS DISTINCT FROM new.expires_at))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE app_usage_days (
    app_id text NOT NULL,
    day text NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    refused_scope bigint NOT NULL,
    refused_expired bigint NOT NULL,
    refused_revoked bigint NOT NULL,
    refused_rate_limit bigint NOT NULL,
    refused_proof bigint NOT NULL DEFAULT 0,
    invalid_client bigint NOT NULL DEFAULT 0,
    invalid_grant bigint NOT NULL DEFAULT 0,
    without_pkce bigint NOT NULL DEFAULT 0,
    without_dpop bigint NOT NULL DEFAULT 0,
    without_end bigint NOT NULL DEFAULT 0,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    PRIMARY KEY (app_id, day)
);

CREATE INDEX app_usage_days_by_day ON public.app_usage_days USING btree (day);

CREATE TABLE app_webhook_deliveries (
    webhook_id text NOT NULL,
    id text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    portal_id text,
    scope text,
    test text,
    job_id bigint NOT NULL,
    attempt bigint NOT NULL,
    sent_at bigint NOT NULL,
    took_ms bigint NOT NULL,
    status bigint,
    answer text,
    fault text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    FOREIGN KEY (webhook_id) REFERENCES app_webhooks(id) ON DELETE CASCADE,
    PRIMARY KEY (webhook_id, id)
);

CREATE INDEX app_webhook_deliveries_by_age ON public.app_webhook_deliveries USING btree (webhook_id, sent_at, id);

CREATE INDEX app_webhook_deliveries_by_portal ON public.app_webhook_deliveries USING btree (portal_id) WHERE (portal_id IS NOT NULL);

CREATE INDEX app_webhook_deliveries_old ON public.app_webhook_deliveries USING btree (sent_at);

CREATE TABLE app_webhooks (
    id text NOT NULL,
    app_id text NOT NULL,
    url text NOT NULL,
    types text NOT NULL,
    secret bytea NOT NULL,
    previous_secret bytea,
    previous_until bigint,
    created_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    failing_since bigint,
    warned_at bigint,
    switched_off_at bigint,
    told_at bigint,
    is_receiver boolean NOT NULL DEFAULT false,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX app_webhooks_by_app ON public.app_webhooks USING btree (app_id, created_at, id);

CREATE INDEX app_webhooks_failing ON public.app_webhooks USING btree (failing_since) WHERE (failing_since IS NOT NULL);

CREATE TRIGGER app_webhooks_ended AFTER DELETE ON public.app_webhooks FOR EACH ROW EXECUTE FUNCTION jobs_of_subject_ended();

CREATE TABLE appointment_settings (
    portal_id text NOT NULL,
    reminder_hours bigint,
    revision bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id)
);

CREATE TABLE appointment_types (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    duration bigint NOT NULL,
    buffer_before bigint NOT NULL,
    buffer_after bigint NOT NULL,
    notice bigint NOT NULL,
    created_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE TABLE appointments (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    starts_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    starts_local text NOT NULL,
    time_zone text NOT NULL,
    customer_id text,
    attendee_name text NOT NULL,
    attendee_email text NOT NULL,
    online_meeting_link text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    name_key text,
    reminder bigint,
    type_id text,
    type_name text,
    buffer_before bigint NOT NULL DEFAULT 0,
    buffer_after bigint NOT NULL DEFAULT 0,
    CHECK ((starts_at < ends_at)),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX appointments_by_age ON public.appointments USING btree (portal_id, created_at, id);

CREATE INDEX appointments_by_change ON public.appointments USING btree (portal_id, updated_at, id);

CREATE INDEX appointments_by_name ON public.appointments USING btree (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX appointments_by_start ON public.appointments USING btree (portal_id, starts_at, id);

CREATE INDEX appointments_of_customer ON public.appointments USING btree (portal_id, customer_id, starts_at, id);

CREATE INDEX appointments_scheduled ON public.appointments USING btree (portal_id, ((starts_at - (buffer_before * 60000))), ((ends_at + (buffer_after * 60000)))) WHERE (status = 'scheduled'::text);

CREATE TRIGGER appointments_counted AFTER INSERT ON public.appointments REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('appointment');

CREATE TRIGGER appointments_deleted AFTER DELETE ON public.appointments FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('appointment');

CREATE TRIGGER appointments_history_ended AFTER DELETE ON public.appointments FOR EACH ROW EXECUTE FUNCTION history_ended('appointment');

CREATE TRIGGER appointments_history_resumed AFTER INSERT ON public.appointments FOR EACH ROW EXECUTE FUNCTION history_resumed('appointment');

CREATE TRIGGER appointments_not_at_once AFTER INSERT OR UPDATE OF status, starts_at, ends_at, buffer_before, buffer_after ON public.appointments FOR EACH ROW WHEN ((new.status = 'scheduled'::text)) EXECUTE FUNCTION appointment_takes_its_time();

CREATE TRIGGER appointments_uncounted AFTER DELETE ON public.appointments REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('appointment');

CREATE TABLE apps (
    id text NOT NULL,
    developer_id text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    website text,
    logo bytea,
    logo_type text,
    redirect_uris text NOT NULL,
    scopes text NOT NULL,
    created_at bigint NOT NULL,
    client_type text NOT NULL DEFAULT 'confidential'::text,
    rotate_refresh_tokens boolean NOT NULL DEFAULT false,
    require_pkce boolean NOT NULL DEFAULT false,
    require_pushed_requests boolean NOT NULL DEFAULT false,
    require_dpop boolean NOT NULL DEFAULT false,
    jwks text,
    optional_scopes text NOT NULL DEFAULT ''::text,
    device_flow boolean NOT NULL DEFAULT false,
    deleted_at bigint,
    disabled_at bigint,
    end_refresh_tokens boolean NOT NULL DEFAULT false,
    FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX apps_by_deletion ON public.apps USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);

CREATE INDEX apps_by_developer ON public.apps USING btree (developer_id, created_at);

CREATE CONSTRAINT TRIGGER apps_deleted_token_data AFTER DELETE ON public.apps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER apps_truncated_token_data AFTER TRUNCATE ON public.apps FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER apps_updated_token_data AFTER UPDATE ON public.apps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.developer_id IS DISTINCT FROM new.developer_id) OR (old.name IS DISTINCT FROM new.name) OR (old.description IS DISTINCT FROM new.description) OR (old.website IS DISTINCT FROM new.website) OR (old.logo IS DISTINCT FROM new.logo) OR (old.redirect_uris IS DISTINCT FROM new.redirect_uris) OR (old.scopes IS DISTINCT FROM new.scopes) OR (old.created_at IS DISTINCT FROM new.created_at) OR (old.client_type IS DISTINCT FROM new.client_type) OR (old.rotate_refresh_tokens IS DISTINCT FROM new.rotate_refresh_tokens) OR (old.require_pkce IS DISTINCT FROM new.require_pkce) OR (old.require_dpop IS DISTINCT FROM new.require_dpop) OR (old.jwks IS DISTINCT FROM new.jwks) OR (old.optional_scopes IS DISTINCT FROM new.optional_scopes) OR (old.device_flow IS DISTINCT FROM new.device_flow) OR (old.deleted_at IS DISTINCT FROM new.deleted_at) OR (old.disabled_at IS DISTINCT FROM new.disabled_at) OR (old.end_refresh_tokens IS DISTINCT FROM new.end_refresh_tokens))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE audit_events (
    id text NOT NULL,
    portal_id text,
    developer_id text,
    account_id text,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    created_at bigint NOT NULL,
    actor_kind text NOT NULL DEFAULT 'person'::text,
    search text NOT NULL DEFAULT ''::text,
    FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX audit_events_by_account ON public.audit_events USING btree (account_id, created_at, id);

CREATE INDEX audit_events_by_age ON public.audit_events USING btree (created_at);

CREATE INDEX audit_events_by_developer ON public.audit_events USING btree (developer_id, created_at, id);

CREATE INDEX audit_events_by_developer_and_action ON public.audit_events USING btree (developer_id, action);

CREATE INDEX audit_events_by_portal ON public.audit_events USING btree (portal_id, created_at, id);

CREATE INDEX audit_events_by_portal_and_action ON public.audit_events USING btree (portal_id, action);

CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_refuse_delete();

CREATE TRIGGER audit_events_refuse_truncate BEFORE TRUNCATE ON public.audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse();

CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON public.audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_refuse();

CREATE TABLE audit_retention (
    kept_from bigint NOT NULL
);

CREATE TABLE authorization_codes (
    id text NOT NULL,
    code_hash bytea NOT NULL,
    grant_id text NOT NULL,
    redirect_uri text NOT NULL,
    scopes text NOT NULL,
    code_challenge text,
    expires_at bigint NOT NULL,
    used_at bigint,
    dpop_jkt bytea,
    FOREIGN KEY (grant_id) REFERENCES grants(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (code_hash)
);

CREATE INDEX authorization_codes_by_expiry ON public.authorization_codes USING btree (expires_at);

CREATE INDEX authorization_codes_by_grant ON public.authorization_codes USING btree (grant_id);

CREATE TABLE calendar_feeds (
    portal_id text NOT NULL,
    id text NOT NULL,
    account_id text NOT NULL,
    created_at bigint NOT NULL,
    FOREIGN KEY (portal_id, account_id) REFERENCES portal_members(portal_id, account_id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id),
    UNIQUE (portal_id, account_id)
);

CREATE TRIGGER calendar_feeds_link_deleted AFTER DELETE ON public.calendar_feeds FOR EACH ROW EXECUTE FUNCTION public_link_deleted();

CREATE TABLE change_tallies (
    portal_id text NOT NULL,
    author text NOT NULL,
    action text NOT NULL,
    hour bigint NOT NULL,
    changes bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, author, action, hour)
);

CREATE TABLE closed_days (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    first_day text NOT NULL,
    last_day text NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE TABLE consents (
    portal_id text NOT NULL,
    id text NOT NULL,
    grant_id text NOT NULL,
    account_id text NOT NULL,
    email text NOT NULL,
    asked text NOT NULL,
    allowed text NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    created_at bigint NOT NULL,
    FOREIGN KEY (grant_id) REFERENCES grants(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX consents_by_grant ON public.consents USING btree (grant_id, created_at, id);

CREATE TABLE content_scans (
    portal_id text NOT NULL,
    file_id text NOT NULL,
    state text NOT NULL,
    finding text,
    failures bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    scanned_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, file_id)
);

CREATE INDEX content_scans_waiting ON public.content_scans USING btree (created_at) WHERE (state = 'scanning'::text);

CREATE TABLE customer_fields (
    portal_id text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    choices text NOT NULL,
    is_required boolean NOT NULL,
    position bigint NOT NULL,
    revision bigint NOT NULL,
    created_at bigint NOT NULL,
    deleted_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, key)
);

CREATE TABLE customer_group_members (
    portal_id text NOT NULL,
    customer_id text NOT NULL,
    group_id text NOT NULL,
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, group_id) REFERENCES customer_groups(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, customer_id, group_id)
);

CREATE INDEX customer_group_members_by_group ON public.customer_group_members USING btree (portal_id, group_id, customer_id);

CREATE TRIGGER customer_group_members_added AFTER INSERT ON public.customer_group_members FOR EACH ROW EXECUTE FUNCTION customer_group_members_added();

CREATE TRIGGER customer_group_members_removed AFTER DELETE ON public.customer_group_members FOR EACH ROW EXECUTE FUNCTION customer_group_members_removed();

CREATE TABLE customer_groups (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    updated_at bigint,
    name_key text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX customer_groups_by_age ON public.customer_groups USING btree (portal_id, created_at, id);

CREATE INDEX customer_groups_by_change ON public.customer_groups USING btree (portal_id, COALESCE(updated_at, created_at), id);

CREATE INDEX customer_groups_by_name ON public.customer_groups USING btree (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER customer_groups_counted AFTER INSERT ON public.customer_groups REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('customer_group');

CREATE TRIGGER customer_groups_deleted AFTER DELETE ON public.customer_groups FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('customer_group');

CREATE TRIGGER customer_groups_uncounted AFTER DELETE ON public.customer_groups REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('customer_group');

CREATE TABLE customers (
    portal_id text NOT NULL,
    id text NOT NULL,
    company_name text NOT NULL,
    address text NOT NULL,
    zip_code text NOT NULL,
    city text NOT NULL,
    country_code text NOT NULL,
    primary_email text NOT NULL,
    phone text,
    integration text,
    integration_id text,
    created_at bigint NOT NULL,
    group_ids text NOT NULL DEFAULT ''::text,
    customer_type text NOT NULL DEFAULT 'business'::text,
    contact_person text,
    kvk_number text,
    vat_number text,
    language text,
    notes text,
    revision bigint NOT NULL DEFAULT 1,
    updated_at bigint,
    name_key text,
    contacts text,
    custom_fields text,
    custom_text text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX customers_by_age ON public.customers USING btree (portal_id, created_at, id);

CREATE INDEX customers_by_change ON public.customers USING btree (portal_id, COALESCE(updated_at, created_at), id);

CREATE INDEX customers_by_email ON public.customers USING btree (portal_id, lower(primary_email));

CREATE INDEX customers_by_kvk_number ON public.customers USING btree (portal_id, kvk_number) WHERE (kvk_number IS NOT NULL);

CREATE INDEX customers_by_name ON public.customers USING btree (portal_id, COALESCE(name_key, lower(company_name)), id);

CREATE INDEX customers_by_zip_code ON public.customers USING btree (portal_id, upper(replace(zip_code, ' '::text, ''::text)));

CREATE TRIGGER customers_counted AFTER INSERT ON public.customers REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('customer');

CREATE TRIGGER customers_deleted AFTER DELETE ON public.customers FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('customer');

CREATE TRIGGER customers_uncounted AFTER DELETE ON public.customers REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('customer');

CREATE TABLE developer_members (
    developer_id text NOT NULL,
    account_id text NOT NULL,
    role text NOT NULL,
    created_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE,
    PRIMARY KEY (developer_id, account_id)
);

CREATE INDEX developer_members_by_account ON public.developer_members USING btree (account_id);

CREATE TABLE developers (
    id text NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint,
    deleted_at bigint,
    restore_hash bytea,
    removed_at bigint,
    requires_second_factor boolean NOT NULL DEFAULT false,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX developers_by_restore ON public.developers USING btree (restore_hash) WHERE (restore_hash IS NOT NULL);

CREATE CONSTRAINT TRIGGER developers_deleted_token_data AFTER DELETE ON public.developers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER developers_truncated_token_data AFTER TRUNCATE ON public.developers FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER developers_updated_token_data AFTER UPDATE ON public.developers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.name IS DISTINCT FROM new.name) OR (old.disabled_at IS DISTINCT FROM new.disabled_at) OR (old.deleted_at IS DISTINCT FROM new.deleted_at))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE device_codes (
    id text NOT NULL,
    device_code_hash bytea NOT NULL,
    user_code_hash bytea NOT NULL,
    app_id text NOT NULL,
    scopes text NOT NULL,
    decision text,
    grant_id text,
    poll_seconds bigint NOT NULL,
    polled_at bigint,
    expires_at bigint NOT NULL,
    used_at bigint,
    decided_by text,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    FOREIGN KEY (grant_id) REFERENCES grants(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (device_code_hash),
    UNIQUE (user_code_hash)
);

CREATE INDEX device_codes_by_app ON public.device_codes USING btree (app_id);

CREATE INDEX device_codes_by_expiry ON public.device_codes USING btree (expires_at);

CREATE INDEX device_codes_by_grant ON public.device_codes USING btree (grant_id);

CREATE TABLE event_sequences (
    portal_id text NOT NULL,
    resource_id text NOT NULL,
    sequence bigint NOT NULL,
    ended_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, resource_id)
);

CREATE INDEX event_sequences_ended ON public.event_sequences USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE TABLE events (
    id text NOT NULL,
    portal_id text NOT NULL,
    type text NOT NULL,
    resource_id text NOT NULL,
    sequence bigint NOT NULL,
    data text NOT NULL,
    created_at bigint NOT NULL,
    size bigint NOT NULL DEFAULT 700,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (portal_id, resource_id, sequence)
);

CREATE INDEX events_by_age ON public.events USING btree (created_at);

CREATE INDEX events_by_size ON public.events USING btree (portal_id, created_at, size);

CREATE TABLE file_requests (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    description text,
    directory_id text NOT NULL,
    customer_id text,
    due_at bigint,
    completed_at bigint,
    reminded_at bigint,
    created_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    name_key text,
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX file_requests_by_age ON public.file_requests USING btree (portal_id, created_at, id);

CREATE INDEX file_requests_by_name ON public.file_requests USING btree (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX file_requests_of_customer ON public.file_requests USING btree (portal_id, customer_id, created_at, id);

CREATE TRIGGER file_requests_counted AFTER INSERT ON public.file_requests REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('file_request');

CREATE TRIGGER file_requests_deleted AFTER DELETE ON public.file_requests FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('file_request');

CREATE TRIGGER file_requests_history_ended AFTER DELETE ON public.file_requests FOR EACH ROW EXECUTE FUNCTION history_ended('file_request');

CREATE TRIGGER file_requests_jobs_ended AFTER DELETE ON public.file_requests FOR EACH ROW EXECUTE FUNCTION jobs_of_subject_ended();

CREATE TRIGGER file_requests_link_deleted AFTER DELETE ON public.file_requests FOR EACH ROW EXECUTE FUNCTION public_link_deleted();

CREATE TRIGGER file_requests_uncounted AFTER DELETE ON public.file_requests REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('file_request');

CREATE TABLE file_share_items (
    portal_id text NOT NULL,
    share_id text NOT NULL,
    entry_id text NOT NULL,
    FOREIGN KEY (portal_id, entry_id) REFERENCES files(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, share_id) REFERENCES file_shares(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, share_id, entry_id)
);

CREATE INDEX file_share_items_by_entry ON public.file_share_items USING btree (portal_id, entry_id, share_id);

CREATE TABLE file_shares (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    customer_id text,
    expires_at bigint,
    password_hash text,
    downloads bigint NOT NULL DEFAULT 0,
    first_downloaded_at bigint,
    created_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    name_key text,
    told_account_id text,
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX file_shares_by_age ON public.file_shares USING btree (portal_id, created_at, id);

CREATE INDEX file_shares_by_name ON public.file_shares USING btree (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX file_shares_of_customer ON public.file_shares USING btree (portal_id, customer_id, created_at, id);

CREATE TRIGGER file_shares_counted AFTER INSERT ON public.file_shares REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('file_share');

CREATE TRIGGER file_shares_deleted AFTER DELETE ON public.file_shares FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('file_share');

CREATE TRIGGER file_shares_link_deleted AFTER DELETE ON public.file_shares FOR EACH ROW EXECUTE FUNCTION public_link_deleted();

CREATE TRIGGER file_shares_uncounted AFTER DELETE ON public.file_shares REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('file_share');

CREATE TABLE file_upload_parts (
    portal_id text NOT NULL,
    upload_id text NOT NULL,
    number bigint NOT NULL,
    file_id text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    FOREIGN KEY (portal_id, upload_id) REFERENCES file_uploads(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, upload_id, number)
);

CREATE UNIQUE INDEX file_upload_parts_by_file ON public.file_upload_parts USING btree (portal_id, file_id);

CREATE TABLE file_uploads (
    portal_id text NOT NULL,
    id text NOT NULL,
    account_id text NOT NULL,
    directory_id text NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    modified_at bigint NOT NULL,
    received bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX file_uploads_by_age ON public.file_uploads USING btree (updated_at);

CREATE INDEX file_uploads_of_account ON public.file_uploads USING btree (account_id);

CREATE INDEX file_uploads_of_directory ON public.file_uploads USING btree (portal_id, directory_id, account_id, created_at);

CREATE TRIGGER file_uploads_unweighed AFTER DELETE ON public.file_uploads REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_removed('file_byte');

CREATE TRIGGER file_uploads_weighed AFTER INSERT ON public.file_uploads REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_added('file_byte');

CREATE TABLE files (
    portal_id text NOT NULL,
    id text NOT NULL,
    directory_id text NOT NULL,
    name text NOT NULL,
    name_lower text NOT NULL,
    size bigint NOT NULL,
    mime text,
    sha256 text,
    created_at bigint NOT NULL,
    updated_at bigint,
    revision bigint NOT NULL DEFAULT 1,
    upload_id text,
    name_key text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX files_by_age ON public.files USING btree (portal_id, created_at, id);

CREATE INDEX files_by_change ON public.files USING btree (portal_id, COALESCE(updated_at, created_at), id);

CREATE UNIQUE INDEX files_by_directory_and_name ON public.files USING btree (portal_id, directory_id, name_lower);

CREATE INDEX files_by_name ON public.files USING btree (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX files_by_size ON public.files USING btree (portal_id, size, id);

CREATE UNIQUE INDEX files_by_upload ON public.files USING btree (portal_id, upload_id);

CREATE TRIGGER files_counted AFTER INSERT ON public.files REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('file');

CREATE TRIGGER files_deleted AFTER DELETE ON public.files FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('file');

CREATE TRIGGER files_uncounted AFTER DELETE ON public.files REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('file');

CREATE TRIGGER files_unweighed AFTER DELETE ON public.files REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_removed('file_byte');

CREATE TRIGGER files_weighed AFTER INSERT ON public.files REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_added('file_byte');

CREATE TABLE finished_steps (
    name text NOT NULL,
    finished_at bigint NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE form_drafts (
    id text NOT NULL,
    account_id text NOT NULL,
    content bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX form_drafts_by_account ON public.form_drafts USING btree (account_id, created_at);

CREATE INDEX form_drafts_by_expiry ON public.form_drafts USING btree (expires_at);

CREATE TABLE former_emails (
    token_hash bytea NOT NULL,
    account_id text NOT NULL,
    email text NOT NULL,
    changed_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash)
);

CREATE INDEX former_emails_by_account ON public.former_emails USING btree (account_id, changed_at);

CREATE INDEX former_emails_by_email ON public.former_emails USING btree (email);

CREATE INDEX former_emails_by_expiry ON public.former_emails USING btree (expires_at);

CREATE TABLE grants (
    id text NOT NULL,
    portal_id text NOT NULL,
    app_id text NOT NULL,
    account_id text NOT NULL,
    scopes text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    revoked_at bigint,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX grants_by_account ON public.grants USING btree (account_id);

CREATE INDEX grants_by_app ON public.grants USING btree (app_id);

CREATE INDEX grants_by_end ON public.grants USING btree (portal_id, revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE INDEX grants_by_portal ON public.grants USING btree (portal_id);

CREATE INDEX grants_by_revocation ON public.grants USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE UNIQUE INDEX grants_live ON public.grants USING btree (portal_id, app_id) WHERE (revoked_at IS NULL);

CREATE CONSTRAINT TRIGGER grants_deleted_token_data AFTER DELETE ON public.grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER grants_truncated_token_data AFTER TRUNCATE ON public.grants FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER grants_updated_token_data AFTER UPDATE ON public.grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.portal_id IS DISTINCT FROM new.portal_id) OR (old.app_id IS DISTINCT FROM new.app_id) OR (old.revoked_at IS DISTINCT FROM new.revoked_at))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE history (
    portal_id text NOT NULL,
    kind text NOT NULL,
    row_id text NOT NULL,
    number bigint NOT NULL,
    created_at bigint NOT NULL,
    what text NOT NULL,
    author_kind text NOT NULL,
    author_id text NOT NULL,
    author_name text NOT NULL,
    changes text NOT NULL,
    ended_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, kind, row_id, number)
);

CREATE INDEX history_ended ON public.history USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE TABLE idempotency_keys (
    portal_id text NOT NULL,
    id bytea NOT NULL,
    request bytea NOT NULL,
    answer bytea,
    expires_at bigint NOT NULL,
    holder text NOT NULL DEFAULT ''::text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX idempotency_keys_by_expiry ON public.idempotency_keys USING btree (expires_at);

CREATE TRIGGER idempotency_keys_counted AFTER INSERT ON public.idempotency_keys REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('idempotency_key');

CREATE TRIGGER idempotency_keys_uncounted AFTER DELETE ON public.idempotency_keys REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('idempotency_key');

CREATE TRIGGER idempotency_usage_added AFTER INSERT ON public.idempotency_keys REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION idempotency_usage_added();

CREATE TRIGGER idempotency_usage_changed AFTER UPDATE ON public.idempotency_keys FOR EACH ROW EXECUTE FUNCTION idempotency_usage_changed();

CREATE TRIGGER idempotency_usage_removed AFTER DELETE ON public.idempotency_keys REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION idempotency_usage_removed();

CREATE TABLE idempotency_usage (
    portal_id text NOT NULL,
    holder text NOT NULL,
    key_count bigint NOT NULL,
    byte_count bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, holder)
);

CREATE TABLE import_created (
    portal_id text NOT NULL,
    import_id text NOT NULL,
    row_id text NOT NULL,
    FOREIGN KEY (portal_id, import_id) REFERENCES imports(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, import_id, row_id)
);

CREATE TABLE import_faults (
    portal_id text NOT NULL,
    import_id text NOT NULL,
    row_number bigint NOT NULL,
    field text NOT NULL,
    message text NOT NULL,
    FOREIGN KEY (portal_id, import_id) REFERENCES imports(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, import_id, row_number, field)
);

CREATE TABLE import_pieces (
    portal_id text NOT NULL,
    import_id text NOT NULL,
    number bigint NOT NULL,
    content bytea NOT NULL,
    FOREIGN KEY (portal_id, import_id) REFERENCES imports(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, import_id, number)
);

CREATE TABLE imports (
    portal_id text NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    file_name text NOT NULL,
    language text NOT NULL,
    heads text NOT NULL,
    fields text NOT NULL,
    duplicates text,
    author_id text NOT NULL,
    author_email text NOT NULL,
    piece_count bigint NOT NULL,
    row_count bigint NOT NULL,
    position bigint NOT NULL,
    faulty bigint NOT NULL,
    repeated bigint NOT NULL,
    known bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    skipped bigint NOT NULL,
    removed bigint NOT NULL,
    message text,
    created_at bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX imports_by_age ON public.imports USING btree (created_at);

CREATE TABLE invitations (
    id text NOT NULL,
    token_hash bytea NOT NULL,
    portal_id text,
    developer_id text,
    email text NOT NULL,
    role text NOT NULL,
    invited_by text,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE CASCADE,
    FOREIGN KEY (invited_by) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (token_hash)
);

CREATE UNIQUE INDEX invitations_by_developer ON public.invitations USING btree (developer_id, email) WHERE (developer_id IS NOT NULL);

CREATE INDEX invitations_by_expiry ON public.invitations USING btree (expires_at);

CREATE INDEX invitations_by_inviter ON public.invitations USING btree (invited_by);

CREATE UNIQUE INDEX invitations_by_portal ON public.invitations USING btree (portal_id, email) WHERE (portal_id IS NOT NULL);

CREATE TABLE issued_punch_cards (
    portal_id text NOT NULL,
    id text NOT NULL,
    punch_card_id text NOT NULL,
    customer_id text NOT NULL,
    code text NOT NULL,
    punches bigint NOT NULL,
    punches_left bigint NOT NULL,
    expires_at bigint,
    created_at bigint NOT NULL,
    CHECK (((punches_left >= 0) AND (punches_left <= punches))),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, punch_card_id) REFERENCES punch_cards(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id),
    UNIQUE (portal_id, code)
);

CREATE INDEX issued_punch_cards_by_age ON public.issued_punch_cards USING btree (portal_id, created_at, id);

CREATE INDEX issued_punch_cards_of_card ON public.issued_punch_cards USING btree (portal_id, punch_card_id, id);

CREATE INDEX issued_punch_cards_of_customer ON public.issued_punch_cards USING btree (portal_id, customer_id, created_at, id);

CREATE TRIGGER issued_punch_cards_counted AFTER INSERT ON public.issued_punch_cards REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('issued_punch_card');

CREATE TRIGGER issued_punch_cards_deleted AFTER DELETE ON public.issued_punch_cards FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('issued_punch_card');

CREATE TRIGGER issued_punch_cards_history_ended AFTER DELETE ON public.issued_punch_cards FOR EACH ROW EXECUTE FUNCTION history_ended('issued_punch_card');

CREATE TRIGGER issued_punch_cards_history_resumed AFTER INSERT ON public.issued_punch_cards FOR EACH ROW EXECUTE FUNCTION history_resumed('issued_punch_card');

CREATE TRIGGER issued_punch_cards_uncounted AFTER DELETE ON public.issued_punch_cards REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('issued_punch_card');

CREATE TABLE jobs (
    id bigint NOT NULL DEFAULT nextval('jobs_id_seq'::regclass),
    kind text NOT NULL,
    payload text NOT NULL,
    state text NOT NULL DEFAULT 'waiting'::text,
    portal_id text,
    subject text,
    lane text NOT NULL,
    order_key text,
    held boolean NOT NULL DEFAULT false,
    awaited boolean NOT NULL DEFAULT false,
    run_at bigint NOT NULL,
    planned boolean NOT NULL,
    created_at bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    failed_at bigint,
    last_error text,
    claimed_by text,
    claimed_until bigint,
    ended_at bigint,
    remove_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX jobs_by_portal ON public.jobs USING btree (portal_id) WHERE (portal_id IS NOT NULL);

CREATE INDEX jobs_by_removal ON public.jobs USING btree (remove_at) WHERE (remove_at IS NOT NULL);

CREATE INDEX jobs_by_subject ON public.jobs USING btree (subject) WHERE (subject IS NOT NULL);

CREATE INDEX jobs_failed ON public.jobs USING btree (kind, id) WHERE (state = 'failed'::text);

CREATE INDEX jobs_in_order ON public.jobs USING btree (kind, order_key, id) WHERE ((order_key IS NOT NULL) AND (ended_at IS NULL));

CREATE INDEX jobs_running ON public.jobs USING btree (kind, lane, claimed_until) WHERE (state = 'running'::text);

CREATE INDEX jobs_waiting_by_lane ON public.jobs USING btree (kind, lane, run_at, id) WHERE (state = 'waiting'::text);

CREATE INDEX jobs_waiting_by_time ON public.jobs USING btree (kind, planned, run_at) WHERE (state = 'waiting'::text);

CREATE TABLE known_browsers (
    token_hash bytea NOT NULL,
    account_id text NOT NULL,
    last_used_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash)
);

CREATE INDEX known_browsers_by_account ON public.known_browsers USING btree (account_id);

CREATE INDEX known_browsers_by_last_use ON public.known_browsers USING btree (last_used_at);

CREATE TABLE leak_reports (
    id text NOT NULL,
    kind text NOT NULL,
    token_hash bytea NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    reported_at bigint NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX leak_reports_by_time ON public.leak_reports USING btree (reported_at);

CREATE VIEW live_grants AS
 SELECT g.id,
    g.portal_id,
    g.app_id
   FROM (((grants g
     JOIN portals p ON ((p.id = g.portal_id)))
     JOIN apps a ON ((a.id = g.app_id)))
     JOIN developers d ON ((d.id = a.developer_id)))
  WHERE ((g.revoked_at IS NULL) AND (p.deleted_at IS NULL) AND (a.deleted_at IS NULL) AND (a.disabled_at IS NULL) AND (d.deleted_at IS NULL) AND (d.disabled_at IS NULL));

CREATE TABLE log_in_steps (
    token_hash bytea NOT NULL,
    site text NOT NULL,
    account_id text NOT NULL,
    tries bigint NOT NULL,
    expires_at bigint NOT NULL,
    kept boolean NOT NULL DEFAULT false,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash)
);

CREATE INDEX log_in_steps_by_account ON public.log_in_steps USING btree (account_id);

CREATE INDEX log_in_steps_by_expiry ON public.log_in_steps USING btree (expires_at);

CREATE TABLE mail_links (
    token_hash bytea NOT NULL,
    account_id text NOT NULL,
    purpose text NOT NULL,
    expires_at bigint NOT NULL,
    visitor_hash bytea,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash)
);

CREATE INDEX mail_links_by_account ON public.mail_links USING btree (account_id);

CREATE INDEX mail_links_by_expiry ON public.mail_links USING btree (expires_at);

CREATE TABLE maintenance (
    cleaned_up_at bigint NOT NULL
);

CREATE TABLE migrations (
    name text NOT NULL,
    product_version text NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE oauth_tokens (
    id text NOT NULL,
    token_hash bytea NOT NULL,
    kind text NOT NULL,
    grant_id text NOT NULL,
    code_id text NOT NULL,
    scopes text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    rotated_at bigint,
    successor_salt bytea,
    dpop_jkt bytea,
    FOREIGN KEY (grant_id) REFERENCES grants(id) ON DELETE CASCADE,
    PRIMARY KEY (id),
    UNIQUE (token_hash)
);

CREATE INDEX oauth_tokens_by_code ON public.oauth_tokens USING btree (code_id);

CREATE INDEX oauth_tokens_by_expiry ON public.oauth_tokens USING btree (expires_at);

CREATE INDEX oauth_tokens_by_grant ON public.oauth_tokens USING btree (grant_id);

CREATE INDEX oauth_tokens_by_last_use ON public.oauth_tokens USING btree (COALESCE(last_used_at, created_at)) WHERE (kind = 'refresh'::text);

CREATE INDEX oauth_tokens_by_revocation ON public.oauth_tokens USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE INDEX oauth_tokens_by_rotation ON public.oauth_tokens USING btree (rotated_at) WHERE (rotated_at IS NOT NULL);

CREATE CONSTRAINT TRIGGER oauth_tokens_deleted_token_data AFTER DELETE ON public.oauth_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER oauth_tokens_truncated_token_data AFTER TRUNCATE ON public.oauth_tokens FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER oauth_tokens_updated_token_data AFTER UPDATE ON public.oauth_tokens DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.token_hash IS DISTINCT FROM new.token_hash) OR (old.kind IS DISTINCT FROM new.kind) OR (old.grant_id IS DISTINCT FROM new.grant_id) OR (old.scopes IS DISTINCT FROM new.scopes) OR (old.created_at IS DISTINCT FROM new.created_at) OR (old.expires_at IS DISTINCT FROM new.expires_at) OR (old.revoked_at IS DISTINCT FROM new.revoked_at) OR (old.dpop_jkt IS DISTINCT FROM new.dpop_jkt))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE opening_hours (
    portal_id text NOT NULL,
    monday text,
    tuesday text,
    wednesday text,
    thursday text,
    friday text,
    saturday text,
    sunday text,
    revision bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id)
);

CREATE TABLE outbox (
    id text NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    tries bigint NOT NULL DEFAULT 0,
    next_try_at bigint NOT NULL,
    created_at bigint NOT NULL,
    html text,
    PRIMARY KEY (id)
);

CREATE INDEX outbox_by_next_try ON public.outbox USING btree (next_try_at);

CREATE TABLE passkey_challenges (
    token_hash bytea NOT NULL,
    purpose text NOT NULL,
    account_id text,
    state text NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash)
);

CREATE INDEX passkey_challenges_by_account ON public.passkey_challenges USING btree (account_id);

CREATE INDEX passkey_challenges_by_expiry ON public.passkey_challenges USING btree (expires_at);

CREATE TABLE passkeys (
    id text NOT NULL,
    account_id text NOT NULL,
    rp_id text NOT NULL,
    credential_id bytea NOT NULL,
    name text NOT NULL,
    credential text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX passkeys_by_account ON public.passkeys USING btree (account_id, created_at);

CREATE UNIQUE INDEX passkeys_by_credential ON public.passkeys USING btree (rp_id, credential_id);

CREATE TABLE pending_emails (
    account_id text NOT NULL,
    email text NOT NULL,
    token_hash bytea NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (account_id),
    UNIQUE (token_hash)
);

CREATE INDEX pending_emails_by_expiry ON public.pending_emails USING btree (expires_at);

CREATE TABLE periodic_work (
    name text NOT NULL,
    started_at bigint NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE portal_members (
    portal_id text NOT NULL,
    account_id text NOT NULL,
    role text NOT NULL,
    created_at bigint NOT NULL,
    first_steps_hidden_at bigint,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, account_id)
);

CREATE INDEX portal_members_by_account ON public.portal_members USING btree (account_id);

CREATE TABLE portal_settings (
    portal_id text NOT NULL,
    legal_name text,
    address text,
    zip_code text,
    city text,
    country_code text,
    kvk_number text,
    vat_number text,
    iban text,
    color text,
    language text,
    sender_name text,
    logo bytea,
    logo_type text,
    logo_version text,
    revision bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id)
);

CREATE TABLE portal_totals (
    portal_id text NOT NULL,
    kind text NOT NULL,
    row_count bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, kind)
);

CREATE TABLE portal_usage_days (
    portal_id text NOT NULL,
    day text NOT NULL,
    subject text NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, day, subject)
);

CREATE INDEX portal_usage_days_by_age ON public.portal_usage_days USING btree (day);

CREATE TABLE portals (
    id text NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'Europe/Amsterdam'::text,
    created_at bigint NOT NULL,
    sandbox_of text,
    deleted_at bigint,
    restore_hash bytea,
    removed_at bigint,
    requires_second_factor boolean NOT NULL DEFAULT false,
    FOREIGN KEY (sandbox_of) REFERENCES developers(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX portals_by_restore ON public.portals USING btree (restore_hash) WHERE (restore_hash IS NOT NULL);

CREATE INDEX portals_by_sandbox ON public.portals USING btree (sandbox_of);

CREATE CONSTRAINT TRIGGER portals_deleted_token_data AFTER DELETE ON public.portals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER portals_truncated_token_data AFTER TRUNCATE ON public.portals FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER portals_updated_token_data AFTER UPDATE ON public.portals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.time_zone IS DISTINCT FROM new.time_zone) OR (old.sandbox_of IS DISTINCT FROM new.sandbox_of) OR (old.deleted_at IS DISTINCT FROM new.deleted_at))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE public_links (
    token_hash bytea NOT NULL,
    portal_id text NOT NULL,
    row_id text NOT NULL,
    secret bytea NOT NULL,
    ends_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash),
    UNIQUE (portal_id, row_id)
);

CREATE TABLE punch_cards (
    portal_id text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    description text,
    punches bigint NOT NULL,
    punch_label text NOT NULL,
    for_sale boolean NOT NULL,
    price bigint,
    vat_rate bigint,
    expiry_value bigint,
    expiry_period text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    name_key text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX punch_cards_by_age ON public.punch_cards USING btree (portal_id, created_at, id);

CREATE INDEX punch_cards_by_change ON public.punch_cards USING btree (portal_id, updated_at, id);

CREATE INDEX punch_cards_by_name ON public.punch_cards USING btree (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER punch_cards_counted AFTER INSERT ON public.punch_cards REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('punch_card');

CREATE TRIGGER punch_cards_deleted AFTER DELETE ON public.punch_cards FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('punch_card');

CREATE TRIGGER punch_cards_uncounted AFTER DELETE ON public.punch_cards REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('punch_card');

CREATE TABLE pushed_requests (
    request_hash bytea NOT NULL,
    app_id text NOT NULL,
    parameters text NOT NULL,
    pushed_at bigint NOT NULL,
    opened_at bigint,
    expires_at bigint NOT NULL,
    used_at bigint,
    decided_by text,
    decision text,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    PRIMARY KEY (request_hash)
);

CREATE INDEX pushed_requests_by_app ON public.pushed_requests USING btree (app_id);

CREATE INDEX pushed_requests_by_expiry ON public.pushed_requests USING btree (expires_at);

CREATE TABLE readiness_probes (
    name text NOT NULL,
    probed_at bigint NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE received_messages (
    webhook_id text NOT NULL,
    id text NOT NULL,
    received_at bigint NOT NULL,
    headers text NOT NULL,
    body text NOT NULL,
    FOREIGN KEY (webhook_id, id) REFERENCES app_webhook_deliveries(webhook_id, id) ON DELETE CASCADE,
    PRIMARY KEY (webhook_id, id)
);

CREATE INDEX received_messages_by_age ON public.received_messages USING btree (webhook_id, received_at, id);

CREATE INDEX received_messages_old ON public.received_messages USING btree (received_at);

CREATE TABLE recovery_codes (
    account_id text NOT NULL,
    code_hash bytea NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE request_log_segments (
    id text NOT NULL,
    portal_id text NOT NULL,
    subject text NOT NULL,
    app_id text,
    oldest bigint NOT NULL,
    newest bigint NOT NULL,
    entries bigint NOT NULL,
    dropped bigint NOT NULL,
    packed bytea NOT NULL,
    refused boolean NOT NULL DEFAULT false,
    FOREIGN KEY (app_id) REFERENCES apps(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (id)
);

CREATE INDEX request_log_segments_by_age ON public.request_log_segments USING btree (newest);

CREATE INDEX request_log_segments_by_app ON public.request_log_segments USING btree (app_id, newest, id);

CREATE INDEX request_log_segments_by_kind ON public.request_log_segments USING btree (portal_id, subject, refused, newest, id);

CREATE INDEX request_log_segments_by_subject ON public.request_log_segments USING btree (portal_id, subject, newest, id);

CREATE TRIGGER request_log_segments_added AFTER INSERT ON public.request_log_segments FOR EACH ROW EXECUTE FUNCTION request_log_segments_added();

CREATE TRIGGER request_log_segments_removed AFTER DELETE ON public.request_log_segments REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION request_log_segments_removed();

CREATE TABLE request_log_totals (
    portal_id text NOT NULL,
    subject text NOT NULL,
    refused boolean NOT NULL,
    entries bigint NOT NULL,
    segments bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, subject, refused)
);

CREATE TABLE requested_files (
    portal_id text NOT NULL,
    id text NOT NULL,
    request_id text NOT NULL,
    position bigint NOT NULL,
    name text NOT NULL,
    description text,
    required boolean NOT NULL,
    max_file_size bigint,
    file_id text,
    file_name text,
    received_at bigint,
    FOREIGN KEY (portal_id, request_id) REFERENCES file_requests(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX requested_files_of_request ON public.requested_files USING btree (portal_id, request_id, "position");

CREATE TABLE resource_servers (
    id text NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    secret_hash bytea NOT NULL,
    secret_start text NOT NULL,
    previous_hash bytea,
    previous_expires_at bigint,
    created_at bigint NOT NULL,
    PRIMARY KEY (id)
);

CREATE CONSTRAINT TRIGGER resource_servers_deleted_token_data AFTER DELETE ON public.resource_servers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_data_changed();

CREATE TRIGGER resource_servers_truncated_token_data AFTER TRUNCATE ON public.resource_servers FOR EACH STATEMENT EXECUTE FUNCTION token_data_changed();

CREATE CONSTRAINT TRIGGER resource_servers_updated_token_data AFTER UPDATE ON public.resource_servers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.id IS DISTINCT FROM new.id) OR (old.name IS DISTINCT FROM new.name) OR (old.scopes IS DISTINCT FROM new.scopes) OR (old.secret_hash IS DISTINCT FROM new.secret_hash) OR (old.secret_start IS DISTINCT FROM new.secret_start) OR (old.previous_hash IS DISTINCT FROM new.previous_hash) OR (old.previous_expires_at IS DISTINCT FROM new.previous_expires_at) OR (old.created_at IS DISTINCT FROM new.created_at))) EXECUTE FUNCTION token_data_changed();

CREATE TABLE saved_views (
    portal_id text NOT NULL,
    id text NOT NULL,
    list text NOT NULL,
    account_id text NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    is_shared boolean NOT NULL,
    created_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX saved_views_of_account ON public.saved_views USING btree (account_id);

CREATE INDEX saved_views_of_list ON public.saved_views USING btree (portal_id, list, created_at);

CREATE TABLE sealing_key (
    only_one boolean NOT NULL DEFAULT true,
    key_id bytea NOT NULL,
    CHECK (only_one),
    PRIMARY KEY (only_one)
);

CREATE TABLE search_entries (
    number bigint NOT NULL,
    portal_id text NOT NULL,
    kind text NOT NULL,
    row_id text NOT NULL,
    text text NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (number),
    UNIQUE (portal_id, kind, row_id)
);

CREATE INDEX search_entries_by_number ON public.search_entries USING btree (portal_id, kind, number);

CREATE TABLE search_grams (
    rowid bigint NOT NULL,
    grams text NOT NULL,
    FOREIGN KEY (rowid) REFERENCES search_entries(number) ON DELETE CASCADE,
    PRIMARY KEY (rowid)
);

CREATE INDEX search_grams_by_gram ON public.search_grams USING gin (string_to_array(((to_hex((rowid / 65536)) || '.'::text) || replace(grams, ' '::text, ((' '::text || to_hex((rowid / 65536))) || '.'::text))), ' '::text)) WITH (gin_pending_list_limit='256');

CREATE TABLE search_progress (
    kind text NOT NULL,
    version bigint NOT NULL,
    done boolean NOT NULL,
    portal_id text NOT NULL,
    created_at bigint NOT NULL,
    row_id text NOT NULL,
    PRIMARY KEY (kind)
);

CREATE TABLE server_secrets (
    name text NOT NULL,
    secret bytea NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE sessions (
    token_hash bytea NOT NULL,
    id text NOT NULL,
    site text NOT NULL,
    account_id text NOT NULL,
    portal_id text,
    authenticated_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    developer_id text,
    second_factor_at bigint,
    kept boolean NOT NULL DEFAULT false,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    FOREIGN KEY (developer_id) REFERENCES developers(id) ON DELETE SET NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE SET NULL,
    PRIMARY KEY (token_hash),
    UNIQUE (id)
);

CREATE INDEX sessions_by_account ON public.sessions USING btree (account_id, last_seen_at);

CREATE INDEX sessions_by_developer ON public.sessions USING btree (developer_id);

CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_by_portal ON public.sessions USING btree (portal_id);

CREATE TABLE ticket_attachments (
    portal_id text NOT NULL,
    id text NOT NULL,
    ticket_id text NOT NULL,
    customer_id text,
    message_id text NOT NULL,
    number bigint NOT NULL,
    file_id text NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    mime text NOT NULL,
    sha256 text NOT NULL,
    ended_at bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE UNIQUE INDEX ticket_attachments_by_file ON public.ticket_attachments USING btree (portal_id, file_id);

CREATE INDEX ticket_attachments_ended ON public.ticket_attachments USING btree (ended_at);

CREATE UNIQUE INDEX ticket_attachments_of_message ON public.ticket_attachments USING btree (portal_id, ticket_id, message_id, number);

CREATE TRIGGER ticket_attachments_unweighed AFTER DELETE ON public.ticket_attachments REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_removed('file_byte');

CREATE TRIGGER ticket_attachments_weighed AFTER INSERT ON public.ticket_attachments REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_bytes_added('file_byte');

CREATE TABLE ticket_messages (
    portal_id text NOT NULL,
    id text NOT NULL,
    ticket_id text NOT NULL,
    customer_id text,
    number bigint NOT NULL,
    kind text NOT NULL,
    posted_by text NOT NULL,
    body text NOT NULL,
    posted_at bigint NOT NULL,
    mail_id text,
    sender text,
    quoted text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, ticket_id) REFERENCES tickets(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE UNIQUE INDEX ticket_messages_by_mail ON public.ticket_messages USING btree (portal_id, ticket_id, mail_id);

CREATE UNIQUE INDEX ticket_messages_in_order ON public.ticket_messages USING btree (portal_id, ticket_id, number);

CREATE INDEX ticket_messages_of_customer ON public.ticket_messages USING btree (portal_id, customer_id);

CREATE TABLE tickets (
    portal_id text NOT NULL,
    id text NOT NULL,
    title text NOT NULL,
    source text NOT NULL,
    status text NOT NULL,
    customer_id text,
    assignee_id text,
    messages bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    name_key text,
    refused_at bigint,
    words text,
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers(portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX tickets_by_age ON public.tickets USING btree (portal_id, created_at, id);

CREATE INDEX tickets_by_change ON public.tickets USING btree (portal_id, updated_at, id);

CREATE INDEX tickets_by_title ON public.tickets USING btree (portal_id, COALESCE(name_key, lower(title)), id);

CREATE INDEX tickets_of_assignee ON public.tickets USING btree (portal_id, assignee_id, updated_at, id);

CREATE INDEX tickets_of_customer ON public.tickets USING btree (portal_id, customer_id, updated_at, id);

CREATE TRIGGER tickets_attachments_ended AFTER DELETE ON public.tickets FOR EACH ROW EXECUTE FUNCTION ticket_attachments_ended();

CREATE TRIGGER tickets_attachments_resumed AFTER INSERT ON public.tickets FOR EACH ROW EXECUTE FUNCTION ticket_attachments_resumed();

CREATE TRIGGER tickets_counted AFTER INSERT ON public.tickets REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('ticket');

CREATE TRIGGER tickets_deleted AFTER DELETE ON public.tickets FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('ticket');

CREATE TRIGGER tickets_history_ended AFTER DELETE ON public.tickets FOR EACH ROW EXECUTE FUNCTION history_ended('ticket');

CREATE TRIGGER tickets_history_resumed AFTER INSERT ON public.tickets FOR EACH ROW EXECUTE FUNCTION history_resumed('ticket');

CREATE TRIGGER tickets_uncounted AFTER DELETE ON public.tickets REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('ticket');

CREATE TABLE token_data_version (
    only_one boolean NOT NULL DEFAULT true,
    version bigint NOT NULL,
    CHECK (only_one),
    PRIMARY KEY (only_one)
);

CREATE TABLE totp_factors (
    account_id text NOT NULL,
    secret bytea NOT NULL,
    last_step bigint NOT NULL,
    created_at bigint NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE,
    PRIMARY KEY (account_id)
);

CREATE TABLE trash (
    portal_id text NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    deletion text NOT NULL,
    deleted_at bigint NOT NULL,
    deleted_by text NOT NULL,
    expires_at bigint NOT NULL,
    content text NOT NULL,
    size bigint NOT NULL,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, kind, id)
);

CREATE INDEX trash_by_age ON public.trash USING btree (portal_id, deleted_at, id, kind, size);

CREATE INDEX trash_by_deletion ON public.trash USING btree (portal_id, deletion);

CREATE INDEX trash_by_expiry ON public.trash USING btree (expires_at);

CREATE TABLE unread_tickets (
    portal_id text NOT NULL,
    account_id text NOT NULL,
    ticket_id text NOT NULL,
    FOREIGN KEY (portal_id, account_id) REFERENCES portal_members(portal_id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, ticket_id) REFERENCES tickets(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, account_id, ticket_id)
);

CREATE INDEX unread_tickets_by_ticket ON public.unread_tickets USING btree (portal_id, ticket_id);

CREATE TABLE used_jtis (
    jti_hash bytea NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (jti_hash)
);

CREATE INDEX used_jtis_by_expiry ON public.used_jtis USING btree (expires_at);

CREATE TABLE webhook_deliveries (
    portal_id text NOT NULL,
    webhook_id text NOT NULL,
    id text NOT NULL,
    event_id text NOT NULL,
    job_id bigint NOT NULL,
    attempt bigint NOT NULL,
    sent_at bigint NOT NULL,
    took_ms bigint NOT NULL,
    status bigint,
    answer text,
    fault text,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, webhook_id) REFERENCES webhooks(portal_id, id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, webhook_id, id)
);

CREATE INDEX webhook_deliveries_by_age ON public.webhook_deliveries USING btree (portal_id, webhook_id, sent_at, id);

CREATE INDEX webhook_deliveries_old ON public.webhook_deliveries USING btree (sent_at);

CREATE TABLE webhooks (
    portal_id text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    url text NOT NULL,
    secret bytea NOT NULL,
    sends_secret boolean NOT NULL,
    created_at bigint NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    failing_since bigint,
    warned_at bigint,
    switched_off_at bigint,
    told_at bigint,
    name_key text,
    previous_secret bytea,
    previous_until bigint,
    FOREIGN KEY (portal_id) REFERENCES portals(id) ON DELETE CASCADE,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX webhooks_by_age ON public.webhooks USING btree (portal_id, created_at, id);

CREATE INDEX webhooks_by_url ON public.webhooks USING btree (portal_id, COALESCE(name_key, lower(url)), id);

CREATE INDEX webhooks_failing ON public.webhooks USING btree (failing_since) WHERE (failing_since IS NOT NULL);

CREATE INDEX webhooks_of_type ON public.webhooks USING btree (portal_id, type);

CREATE TRIGGER webhooks_counted AFTER INSERT ON public.webhooks REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_added('webhook');

CREATE TRIGGER webhooks_deleted AFTER DELETE ON public.webhooks FOR EACH ROW EXECUTE FUNCTION search_entry_deleted('webhook');

CREATE TRIGGER webhooks_ended AFTER DELETE ON public.webhooks FOR EACH ROW EXECUTE FUNCTION jobs_of_subject_ended();

CREATE TRIGGER webhooks_uncounted AFTER DELETE ON public.webhooks REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION portal_rows_removed('webhook');

CREATE OR REPLACE FUNCTION public.appointment_takes_its_time()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    other_end BIGINT;
BEGIN
    PERFORM 1 FROM portals WHERE id = NEW.portal_id FOR NO KEY UPDATE;
    SELECT ends_at + buffer_after * 60000 INTO other_end FROM appointments
    WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id
        AND starts_at - buffer_before * 60000 < NEW.ends_at + NEW.buffer_after * 60000
    ORDER BY starts_at - buffer_before * 60000 DESC LIMIT 1;
    IF other_end > NEW.starts_at - NEW.buffer_before * 60000 THEN
        RAISE EXCEPTION 'the time of appointment % is taken', NEW.id USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.audit_events_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION 'audit events are never changed';
END $function$;

CREATE OR REPLACE FUNCTION public.audit_events_refuse_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF OLD.created_at >= (SELECT kept_from FROM audit_retention)
        AND (OLD.portal_id IS NULL OR EXISTS (SELECT 1 FROM portals WHERE id = OLD.portal_id))
        AND (OLD.developer_id IS NULL OR EXISTS (SELECT 1 FROM developers WHERE id = OLD.developer_id))
    THEN
        RAISE EXCEPTION 'audit events are kept until their time is over';
    END IF;
    RETURN OLD;
END $function$;

CREATE OR REPLACE FUNCTION public.customer_group_members_added()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE customers SET group_ids = group_ids || ' ' || NEW.group_id, revision = revision + 1
    WHERE portal_id = NEW.portal_id AND id = NEW.customer_id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.customer_group_members_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE customers SET group_ids = replace(group_ids, ' ' || OLD.group_id, ''), revision = revision + 1
    WHERE portal_id = OLD.portal_id AND id = OLD.customer_id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.history_ended()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE history SET ended_at = CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)
    WHERE portal_id = OLD.portal_id AND kind = TG_ARGV[0] AND row_id = OLD.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.history_resumed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = TG_ARGV[0] AND row_id = NEW.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.idempotency_usage_added()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO idempotency_usage AS u (portal_id, holder, key_count, byte_count)
    SELECT portal_id, holder, COUNT(*), COALESCE(SUM(LENGTH(answer)), 0) FROM added
    GROUP BY portal_id, holder ORDER BY portal_id COLLATE "C", holder COLLATE "C"
    ON CONFLICT (portal_id, holder) DO UPDATE
    SET key_count = u.key_count + excluded.key_count, byte_count = u.byte_count + excluded.byte_count;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.idempotency_usage_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE idempotency_usage
    SET byte_count = byte_count - COALESCE(LENGTH(OLD.answer), 0) + COALESCE(LENGTH(NEW.answer), 0)
    WHERE portal_id = NEW.portal_id AND holder = NEW.holder;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.idempotency_usage_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, holder, COUNT(*) AS key_count, COALESCE(SUM(LENGTH(answer)), 0) AS byte_count FROM removed
        GROUP BY portal_id, holder ORDER BY portal_id COLLATE "C", holder COLLATE "C"
    LOOP
        UPDATE idempotency_usage
        SET key_count = key_count - gone.key_count, byte_count = byte_count - gone.byte_count
        WHERE portal_id = gone.portal_id AND holder = gone.holder;
        DELETE FROM idempotency_usage
        WHERE portal_id = gone.portal_id AND holder = gone.holder AND key_count = 0;
    END LOOP;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.jobs_of_subject_ended()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    DELETE FROM jobs WHERE subject = OLD.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.portal_bytes_added()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO portal_totals AS t (portal_id, kind, row_count)
    SELECT portal_id, TG_ARGV[0], CAST(SUM(size) AS BIGINT) FROM added GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = t.row_count + excluded.row_count;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.portal_bytes_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, CAST(SUM(size) AS BIGINT) AS bytes FROM removed GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    LOOP
        UPDATE portal_totals SET row_count = row_count - gone.bytes
        WHERE portal_id = gone.portal_id AND kind = TG_ARGV[0];
    END LOOP;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.portal_rows_added()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO portal_totals AS t (portal_id, kind, row_count)
    SELECT portal_id, TG_ARGV[0], COUNT(*) FROM added GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = t.row_count + excluded.row_count;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.portal_rows_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, COUNT(*) AS row_count FROM removed GROUP BY portal_id ORDER BY portal_id COLLATE "C"
    LOOP
        UPDATE portal_totals SET row_count = row_count - gone.row_count
        WHERE portal_id = gone.portal_id AND kind = TG_ARGV[0];
    END LOOP;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.public_link_deleted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.request_log_segments_added()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO request_log_totals AS t (portal_id, subject, refused, entries, segments)
    VALUES (NEW.portal_id, NEW.subject, NEW.refused, NEW.entries, 1)
    ON CONFLICT (portal_id, subject, refused)
    DO UPDATE SET entries = t.entries + excluded.entries, segments = t.segments + 1;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.request_log_segments_removed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    gone RECORD;
BEGIN
    FOR gone IN
        SELECT portal_id, subject, refused, SUM(entries) AS entries, COUNT(*) AS segments FROM removed
        GROUP BY portal_id, subject, refused ORDER BY subject COLLATE "C", refused
    LOOP
        UPDATE request_log_totals SET entries = entries - gone.entries, segments = segments - gone.segments
        WHERE portal_id = gone.portal_id AND subject = gone.subject AND refused = gone.refused;
        DELETE FROM request_log_totals
        WHERE portal_id = gone.portal_id AND subject = gone.subject AND refused = gone.refused AND segments <= 0;
    END LOOP;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.search_entry_deleted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = TG_ARGV[0] AND row_id = OLD.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.ticket_attachments_ended()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE ticket_attachments SET ended_at = CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)
    WHERE portal_id = OLD.portal_id AND ticket_id = OLD.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.ticket_attachments_resumed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE ticket_attachments SET ended_at = NULL WHERE portal_id = NEW.portal_id AND ticket_id = NEW.id;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.token_data_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    UPDATE token_data_version SET version = pg_current_xact_id()::text::bigint
    WHERE version <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END
$function$;
