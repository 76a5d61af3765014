CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    email_verified_at BIGINT,
    created_at BIGINT NOT NULL
, disabled_at BIGINT, deleted_at BIGINT, language TEXT);

CREATE INDEX accounts_unverified ON accounts (created_at) WHERE email_verified_at IS NULL;

CREATE TABLE answered_forms (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    mark TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, mark)
);

CREATE INDEX answered_forms_by_expiry ON answered_forms (expires_at);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    token_start TEXT NOT NULL,
    scopes TEXT NOT NULL,
    rate_limit BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
, last_used_address TEXT, last_used_agent TEXT, allowed_addresses TEXT NOT NULL DEFAULT '', previous_hash BYTEA, previous_start TEXT, previous_expires_at BIGINT, expiry_warned BIGINT NOT NULL DEFAULT 0);

CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);

CREATE INDEX api_keys_by_portal ON api_keys (portal_id, created_at);

CREATE UNIQUE INDEX api_keys_by_previous ON api_keys (previous_hash);

CREATE INDEX api_keys_by_revocation ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TRIGGER api_keys_deleted_token_data AFTER DELETE ON api_keys
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER api_keys_updated_token_data AFTER UPDATE ON api_keys
WHEN OLD.id IS NOT NEW.id OR OLD.portal_id IS NOT NEW.portal_id OR OLD.token_hash IS NOT NEW.token_hash OR
    OLD.scopes IS NOT NEW.scopes OR OLD.rate_limit IS NOT NEW.rate_limit OR OLD.created_at IS NOT
    NEW.created_at OR OLD.expires_at IS NOT NEW.expires_at OR OLD.revoked_at IS NOT NEW.revoked_at OR
    OLD.allowed_addresses IS NOT NEW.allowed_addresses OR OLD.previous_hash IS NOT NEW.previous_hash OR
    OLD.previous_expires_at IS NOT NEW.previous_expires_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TABLE app_secrets (
    id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    secret_hash BYTEA NOT NULL UNIQUE,
    secret_start TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX app_secrets_by_app ON app_secrets (app_id);

CREATE TRIGGER app_secrets_deleted_token_data AFTER DELETE ON app_secrets
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

CREATE TABLE app_usage_days (
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    requests BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    refused_scope BIGINT NOT NULL,
    refused_expired BIGINT NOT NULL,
    refused_revoked BIGINT NOT NULL,
    refused_rate_limit BIGINT NOT NULL, refused_proof BIGINT NOT NULL DEFAULT 0, invalid_client BIGINT NOT NULL DEFAULT 0, invalid_grant BIGINT NOT NULL DEFAULT 0, without_pkce BIGINT NOT NULL DEFAULT 0, without_dpop BIGINT NOT NULL DEFAULT 0, without_end BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app_id, day)
) WITHOUT ROWID;

CREATE INDEX app_usage_days_by_day ON app_usage_days (day);

CREATE TABLE app_webhook_deliveries (
    webhook_id TEXT NOT NULL REFERENCES app_webhooks (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    -- Where it happened, and the scope that reads it. A test has neither, but its text.
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    scope TEXT,
    test TEXT,
    -- As in webhook_deliveries.
    job_id BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    status BIGINT,
    answer TEXT,
    fault TEXT,
    PRIMARY KEY (webhook_id, id)
);

CREATE INDEX app_webhook_deliveries_by_age ON app_webhook_deliveries (webhook_id, sent_at, id);

CREATE INDEX app_webhook_deliveries_by_portal ON app_webhook_deliveries (portal_id) WHERE portal_id IS NOT NULL;

CREATE INDEX app_webhook_deliveries_old ON app_webhook_deliveries (sent_at);

CREATE TABLE app_webhooks (
    id TEXT PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    -- The types of events, as the contract names them, separated by spaces.
    types TEXT NOT NULL,
    -- As in webhooks, from here to told_at. One that a person switched off has never failed.
    secret BYTEA NOT NULL,
    previous_secret BYTEA,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    failing_since BIGINT,
    warned_at BIGINT,
    switched_off_at BIGINT,
    told_at BIGINT
, is_receiver BOOLEAN NOT NULL DEFAULT FALSE);

CREATE INDEX app_webhooks_by_app ON app_webhooks (app_id, created_at, id);

CREATE INDEX app_webhooks_failing ON app_webhooks (failing_since) WHERE failing_since IS NOT NULL;

CREATE TRIGGER app_webhooks_ended AFTER DELETE ON app_webhooks
BEGIN
    DELETE FROM jobs WHERE subject = OLD.id;
END;

CREATE TABLE appointment_settings (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    -- How many hours before an appointment its person is reminded; null for never.
    reminder_hours BIGINT,
    -- The number of changes.
    revision BIGINT NOT NULL
);

CREATE TABLE appointment_types (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- In minutes.
    duration BIGINT NOT NULL,
    -- Minutes before and after an appointment in which there is no other.
    buffer_before BIGINT NOT NULL,
    buffer_after BIGINT NOT NULL,
    -- How many hours beforehand one is made at the latest.
    notice BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (portal_id, id)
);

CREATE TABLE appointments (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- What it is about.
    name TEXT NOT NULL,
    -- pending, scheduled or canceled. Only a scheduled one takes its time.
    status TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- What the clocks of its time zone show at the start: what was agreed, also if the portal moves to another zone.
    starts_local TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    customer_id TEXT,
    attendee_name TEXT NOT NULL,
    attendee_email TEXT NOT NULL,
    online_meeting_link TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1, name_key TEXT, reminder BIGINT, type_id TEXT, type_name TEXT, buffer_before BIGINT NOT NULL DEFAULT 0, buffer_after BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (portal_id, id),
    CHECK (starts_at < ends_at),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX appointments_by_age ON appointments (portal_id, created_at, id);

CREATE INDEX appointments_by_change ON appointments (portal_id, updated_at, id);

CREATE INDEX appointments_by_name ON appointments (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX appointments_by_start ON appointments (portal_id, starts_at, id);

CREATE INDEX appointments_of_customer ON appointments (portal_id, customer_id, starts_at, id);

CREATE INDEX appointments_scheduled ON appointments
    (portal_id, (starts_at - buffer_before * 60000), (ends_at + buffer_after * 60000)) WHERE status = 'scheduled';

CREATE TRIGGER appointments_added_at_once AFTER INSERT ON appointments WHEN NEW.status = 'scheduled'
BEGIN
    SELECT RAISE(ABORT, 'the time of this appointment is taken')
    WHERE NEW.starts_at - NEW.buffer_before * 60000 < (
        SELECT ends_at + buffer_after * 60000 FROM appointments
        WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id
            AND starts_at - buffer_before * 60000 < NEW.ends_at + NEW.buffer_after * 60000
        ORDER BY starts_at - buffer_before * 60000 DESC LIMIT 1);
END;

CREATE TRIGGER appointments_changed_at_once
    AFTER UPDATE OF status, starts_at, ends_at, buffer_before, buffer_after ON appointments
WHEN NEW.status = 'scheduled'
BEGIN
    SELECT RAISE(ABORT, 'the time of this appointment is taken')
    WHERE NEW.starts_at - NEW.buffer_before * 60000 < (
        SELECT ends_at + buffer_after * 60000 FROM appointments
        WHERE portal_id = NEW.portal_id AND status = 'scheduled' AND id <> NEW.id
            AND starts_at - buffer_before * 60000 < NEW.ends_at + NEW.buffer_after * 60000
        ORDER BY starts_at - buffer_before * 60000 DESC LIMIT 1);
END;

CREATE TRIGGER appointments_counted AFTER INSERT ON appointments
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'appointment', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER appointments_deleted AFTER DELETE ON appointments
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'appointment' AND row_id = OLD.id;
END;

CREATE TRIGGER appointments_history_ended AFTER DELETE ON appointments
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'appointment' AND row_id = OLD.id;
END;

CREATE TRIGGER appointments_history_resumed AFTER INSERT ON appointments
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = 'appointment' AND row_id = NEW.id;
END;

CREATE TRIGGER appointments_uncounted AFTER DELETE ON appointments
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'appointment';
END;

CREATE TABLE apps (
    id TEXT PRIMARY KEY,
    developer_id TEXT NOT NULL REFERENCES developers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    website TEXT,
    logo BYTEA,
    logo_type TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
, client_type TEXT NOT NULL DEFAULT 'confidential', rotate_refresh_tokens BOOLEAN NOT NULL DEFAULT FALSE, require_pkce BOOLEAN NOT NULL DEFAULT FALSE, require_pushed_requests BOOLEAN NOT NULL DEFAULT FALSE, require_dpop BOOLEAN NOT NULL DEFAULT FALSE, jwks TEXT, optional_scopes TEXT NOT NULL DEFAULT '', device_flow BOOLEAN NOT NULL DEFAULT FALSE, deleted_at BIGINT, disabled_at BIGINT, end_refresh_tokens BOOLEAN NOT NULL DEFAULT FALSE);

CREATE INDEX apps_by_deletion ON apps (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX apps_by_developer ON apps (developer_id, created_at);

CREATE TRIGGER apps_deleted_token_data AFTER DELETE ON apps
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

CREATE TABLE audit_events (
    id TEXT PRIMARY KEY,
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    developer_id TEXT REFERENCES developers (id) ON DELETE CASCADE,
    account_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL
, actor_kind TEXT NOT NULL DEFAULT 'person', search TEXT NOT NULL DEFAULT '');

CREATE INDEX audit_events_by_account ON audit_events (account_id, created_at, id);

CREATE INDEX audit_events_by_age ON audit_events (created_at);

CREATE INDEX audit_events_by_developer ON audit_events (developer_id, created_at, id);

CREATE INDEX audit_events_by_developer_and_action ON audit_events (developer_id, action);

CREATE INDEX audit_events_by_portal ON audit_events (portal_id, created_at, id);

CREATE INDEX audit_events_by_portal_and_action ON audit_events (portal_id, action);

CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON audit_events
WHEN OLD.created_at >= (SELECT kept_from FROM audit_retention)
    AND (OLD.portal_id IS NULL OR EXISTS (SELECT 1 FROM portals WHERE id = OLD.portal_id))
    AND (OLD.developer_id IS NULL OR EXISTS (SELECT 1 FROM developers WHERE id = OLD.developer_id))
BEGIN
    SELECT RAISE(ABORT, 'audit events are kept until their time is over');
END;

CREATE TRIGGER audit_events_refuse_replace BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = NEW.id OR rowid = NEW.rowid)
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed');
END;

CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed');
END;

CREATE TABLE audit_retention (kept_from BIGINT NOT NULL);

CREATE TABLE authorization_codes (
    id TEXT PRIMARY KEY,
    code_hash BYTEA NOT NULL UNIQUE,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    code_challenge TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
, dpop_jkt BYTEA);

CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

CREATE INDEX authorization_codes_by_grant ON authorization_codes (grant_id);

CREATE TABLE calendar_feeds (
    portal_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id),
    UNIQUE (portal_id, account_id),
    FOREIGN KEY (portal_id, account_id) REFERENCES portal_members (portal_id, account_id) ON DELETE CASCADE
);

CREATE TRIGGER calendar_feeds_deleted AFTER DELETE ON calendar_feeds
BEGIN
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
END;

CREATE TABLE change_tallies (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    hour BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (portal_id, author, action, hour)
) WITHOUT ROWID;

CREATE TABLE closed_days (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    PRIMARY KEY (portal_id, id)
);

CREATE TABLE consents (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    email TEXT NOT NULL,
    asked TEXT NOT NULL,
    allowed TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;

CREATE INDEX consents_by_grant ON consents (grant_id, created_at, id);

CREATE TABLE content_scans (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    file_id TEXT NOT NULL,
    -- scanning, clean or blocked.
    state TEXT NOT NULL,
    -- What was found in a blocked content, or why it can't be scanned.
    finding TEXT,
    -- How often the scanner was reached and gave no verdict.
    failures BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    scanned_at BIGINT,
    PRIMARY KEY (portal_id, file_id)
) WITHOUT ROWID;

CREATE INDEX content_scans_waiting ON content_scans (created_at) WHERE state = 'scanning';

CREATE TABLE customer_fields (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- The name on the wire, which never changes.
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What can be chosen, a line for each; empty for other kinds.
    choices TEXT NOT NULL,
    is_required BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Set while its values are being removed; afterwards the row goes too.
    deleted_at BIGINT,
    PRIMARY KEY (portal_id, key)
);

CREATE TABLE customer_group_members (
    portal_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, customer_id, group_id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, group_id) REFERENCES customer_groups (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX customer_group_members_by_group ON customer_group_members (portal_id, group_id, customer_id);

CREATE TRIGGER customer_group_members_added AFTER INSERT ON customer_group_members
BEGIN
    UPDATE customers SET group_ids = group_ids || ' ' || NEW.group_id, revision = revision + 1
    WHERE portal_id = NEW.portal_id AND id = NEW.customer_id;
END;

CREATE TRIGGER customer_group_members_removed AFTER DELETE ON customer_group_members
BEGIN
    UPDATE customers SET group_ids = replace(group_ids, ' ' || OLD.group_id, ''), revision = revision + 1
    WHERE portal_id = OLD.portal_id AND id = OLD.customer_id;
END;

CREATE TABLE customer_groups (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL, revision BIGINT NOT NULL DEFAULT 1, updated_at BIGINT, name_key TEXT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;

CREATE INDEX customer_groups_by_age ON customer_groups (portal_id, created_at, id);

CREATE INDEX customer_groups_by_change ON customer_groups (portal_id, COALESCE(updated_at, created_at), id);

CREATE INDEX customer_groups_by_name ON customer_groups (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER customer_groups_counted AFTER INSERT ON customer_groups
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'customer_group', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER customer_groups_deleted AFTER DELETE ON customer_groups
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'customer_group' AND row_id = OLD.id;
END;

CREATE TRIGGER customer_groups_uncounted AFTER DELETE ON customer_groups
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'customer_group';
END;

CREATE TABLE customers (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    company_name TEXT NOT NULL,
    address TEXT NOT NULL,
    zip_code TEXT NOT NULL,
    city TEXT NOT NULL,
    country_code TEXT NOT NULL,
    primary_email TEXT NOT NULL,
    phone TEXT,
    integration TEXT,
    integration_id TEXT,
    created_at BIGINT NOT NULL, group_ids TEXT NOT NULL DEFAULT '', customer_type TEXT NOT NULL DEFAULT 'business', contact_person TEXT, kvk_number TEXT, vat_number TEXT, language TEXT, notes TEXT, revision BIGINT NOT NULL DEFAULT 1, updated_at BIGINT, name_key TEXT, contacts TEXT, custom_fields TEXT, custom_text TEXT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;

CREATE INDEX customers_by_age ON customers (portal_id, created_at, id);

CREATE INDEX customers_by_change ON customers (portal_id, COALESCE(updated_at, created_at), id);

CREATE INDEX customers_by_email ON customers (portal_id, lower(primary_email));

CREATE INDEX customers_by_kvk_number ON customers (portal_id, kvk_number) WHERE kvk_number IS NOT NULL;

CREATE INDEX customers_by_name ON customers (portal_id, COALESCE(name_key, lower(company_name)), id);

CREATE INDEX customers_by_zip_code ON customers (portal_id, upper(replace(zip_code, ' ', '')));

CREATE TRIGGER customers_counted AFTER INSERT ON customers
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'customer', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER customers_deleted AFTER DELETE ON customers
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'customer' AND row_id = OLD.id;
END;

CREATE TRIGGER customers_uncounted AFTER DELETE ON customers
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'customer';
END;

CREATE TABLE developer_members (
    developer_id TEXT NOT NULL REFERENCES developers (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (developer_id, account_id)
) WITHOUT ROWID;

CREATE INDEX developer_members_by_account ON developer_members (account_id);

CREATE TABLE developers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
, disabled_at BIGINT, deleted_at BIGINT, restore_hash BYTEA, removed_at BIGINT, requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE);

CREATE UNIQUE INDEX developers_by_restore ON developers (restore_hash) WHERE restore_hash IS NOT NULL;

CREATE TRIGGER developers_deleted_token_data AFTER DELETE ON developers
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER developers_updated_token_data AFTER UPDATE ON developers
WHEN OLD.id IS NOT NEW.id OR OLD.name IS NOT NEW.name OR OLD.disabled_at IS NOT NEW.disabled_at OR
    OLD.deleted_at IS NOT NEW.deleted_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TABLE device_codes (
    id TEXT PRIMARY KEY,
    device_code_hash BYTEA NOT NULL UNIQUE,
    user_code_hash BYTEA NOT NULL UNIQUE,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    decision TEXT,
    grant_id TEXT REFERENCES grants (id) ON DELETE CASCADE,
    poll_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
, decided_by TEXT);

CREATE INDEX device_codes_by_app ON device_codes (app_id);

CREATE INDEX device_codes_by_expiry ON device_codes (expires_at);

CREATE INDEX device_codes_by_grant ON device_codes (grant_id);

CREATE TABLE event_sequences (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    resource_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    -- When the resource ended; then the row goes with the event.
    ended_at BIGINT,
    PRIMARY KEY (portal_id, resource_id)
) WITHOUT ROWID;

CREATE INDEX event_sequences_ended ON event_sequences (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE events (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- As the contract names it, such as customer-created.
    type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    -- Counts the events of the resource, from 1 on and without gaps.
    sequence BIGINT NOT NULL,
    -- The resource after the change, or before its deletion, as the API shows it.
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL, size BIGINT NOT NULL DEFAULT 700,
    UNIQUE (portal_id, resource_id, sequence)
);

CREATE INDEX events_by_age ON events (created_at);

CREATE INDEX events_by_size ON events (portal_id, created_at, size);

CREATE TABLE file_requests (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- Where the files are put; root for no directory, as in files.
    directory_id TEXT NOT NULL,
    -- From whom, if it is a customer.
    customer_id TEXT,
    -- By when.
    due_at BIGINT,
    -- When all required files had come in.
    completed_at BIGINT,
    -- When the customer was last reminded.
    reminded_at BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1, name_key TEXT,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX file_requests_by_age ON file_requests (portal_id, created_at, id);

CREATE INDEX file_requests_by_name ON file_requests (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX file_requests_of_customer ON file_requests (portal_id, customer_id, created_at, id);

CREATE TRIGGER file_requests_counted AFTER INSERT ON file_requests
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_request', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER file_requests_deleted AFTER DELETE ON file_requests
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'file_request' AND row_id = OLD.id;
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
    DELETE FROM jobs WHERE subject = OLD.id;
END;

CREATE TRIGGER file_requests_history_ended AFTER DELETE ON file_requests
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'file_request' AND row_id = OLD.id;
END;

CREATE TRIGGER file_requests_uncounted AFTER DELETE ON file_requests
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'file_request';
END;

CREATE TABLE file_share_items (
    portal_id TEXT NOT NULL,
    share_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, share_id, entry_id),
    FOREIGN KEY (portal_id, share_id) REFERENCES file_shares (portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, entry_id) REFERENCES files (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX file_share_items_by_entry ON file_share_items (portal_id, entry_id, share_id);

CREATE TABLE file_shares (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- With whom, if it is a customer.
    customer_id TEXT,
    -- When the link stops working; null if it works until the share is deleted.
    expires_at BIGINT,
    -- The hash of the password that visitors enter, if there is one.
    password_hash TEXT,
    downloads BIGINT NOT NULL DEFAULT 0,
    first_downloaded_at BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1, name_key TEXT, told_account_id TEXT,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX file_shares_by_age ON file_shares (portal_id, created_at, id);

CREATE INDEX file_shares_by_name ON file_shares (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX file_shares_of_customer ON file_shares (portal_id, customer_id, created_at, id);

CREATE TRIGGER file_shares_counted AFTER INSERT ON file_shares
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_share', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER file_shares_deleted AFTER DELETE ON file_shares
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'file_share' AND row_id = OLD.id;
    DELETE FROM public_links WHERE portal_id = OLD.portal_id AND row_id = OLD.id;
END;

CREATE TRIGGER file_shares_uncounted AFTER DELETE ON file_shares
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'file_share';
END;

CREATE TABLE file_upload_parts (
    portal_id TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (portal_id, upload_id, number),
    FOREIGN KEY (portal_id, upload_id) REFERENCES file_uploads (portal_id, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX file_upload_parts_by_file ON file_upload_parts (portal_id, file_id);

CREATE TABLE file_uploads (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- Who uploads it; nobody else sees it.
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    directory_id TEXT NOT NULL,
    -- As its sender calls it. By name, size and time of the last change a browser knows the file again.
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    -- How many parts have arrived.
    received BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When it began, or its last part arrived.
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX file_uploads_by_age ON file_uploads (updated_at);

CREATE INDEX file_uploads_of_account ON file_uploads (account_id);

CREATE INDEX file_uploads_of_directory ON file_uploads (portal_id, directory_id, account_id, created_at);

CREATE TRIGGER file_uploads_unweighed AFTER DELETE ON file_uploads
BEGIN
    UPDATE portal_totals SET row_count = row_count - OLD.size WHERE portal_id = OLD.portal_id AND kind = 'file_byte';
END;

CREATE TRIGGER file_uploads_weighed AFTER INSERT ON file_uploads
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_byte', NEW.size)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + NEW.size;
END;

CREATE TABLE files (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    directory_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_lower TEXT NOT NULL,
    size BIGINT NOT NULL,
    mime TEXT,
    sha256 TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    revision BIGINT NOT NULL DEFAULT 1,
    -- The form that a file came with and its place in it; the same one again is the form sent twice.
    upload_id TEXT, name_key TEXT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;

CREATE INDEX files_by_age ON files (portal_id, created_at, id);

CREATE INDEX files_by_change ON files (portal_id, COALESCE(updated_at, created_at), id);

CREATE UNIQUE INDEX files_by_directory_and_name ON files (portal_id, directory_id, name_lower);

CREATE INDEX files_by_name ON files (portal_id, COALESCE(name_key, lower(name)), id);

CREATE INDEX files_by_size ON files (portal_id, size, id);

CREATE UNIQUE INDEX files_by_upload ON files (portal_id, upload_id);

CREATE TRIGGER files_counted AFTER INSERT ON files
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_byte', NEW.size)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + NEW.size;
END;

CREATE TRIGGER files_deleted AFTER DELETE ON files
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'file' AND row_id = OLD.id;
END;

CREATE TRIGGER files_uncounted AFTER DELETE ON files
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'file';
    UPDATE portal_totals SET row_count = row_count - OLD.size WHERE portal_id = OLD.portal_id AND kind = 'file_byte';
END;

CREATE TABLE finished_steps (
    name TEXT PRIMARY KEY,
    finished_at BIGINT NOT NULL
);

CREATE TABLE form_drafts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    content BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX form_drafts_by_account ON form_drafts (account_id, created_at);

CREATE INDEX form_drafts_by_expiry ON form_drafts (expires_at);

CREATE TABLE former_emails (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX former_emails_by_account ON former_emails (account_id, changed_at);

CREATE INDEX former_emails_by_email ON former_emails (email);

CREATE INDEX former_emails_by_expiry ON former_emails (expires_at);

CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);

CREATE INDEX grants_by_account ON grants (account_id);

CREATE INDEX grants_by_app ON grants (app_id);

CREATE INDEX grants_by_end ON grants (portal_id, revoked_at) WHERE revoked_at IS NOT NULL;

CREATE INDEX grants_by_portal ON grants (portal_id);

CREATE INDEX grants_by_revocation ON grants (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE UNIQUE INDEX grants_live ON grants (portal_id, app_id) WHERE revoked_at IS NULL;

CREATE TRIGGER grants_deleted_token_data AFTER DELETE ON grants
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER grants_updated_token_data AFTER UPDATE ON grants
WHEN OLD.id IS NOT NEW.id OR OLD.portal_id IS NOT NEW.portal_id OR OLD.app_id IS NOT NEW.app_id OR
    OLD.revoked_at IS NOT NEW.revoked_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TABLE history (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- The kind of row, such as customer.
    kind TEXT NOT NULL,
    row_id TEXT NOT NULL,
    -- Counts the entries of the row, from 1 on. The oldest are deleted when there are many.
    number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- created, changed, deleted or restored.
    what TEXT NOT NULL,
    -- person, api_key or app.
    author_kind TEXT NOT NULL,
    -- Of the account, of the API key, or of the portal's consent to the app; it can be gone.
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    -- The changed fields with their values before and afterwards, as JSON.
    changes TEXT NOT NULL,
    -- When the row was deleted; then the entries go after a while.
    ended_at BIGINT,
    PRIMARY KEY (portal_id, kind, row_id, number)
) WITHOUT ROWID;

CREATE INDEX history_ended ON history (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE idempotency_keys (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    -- A hash of the key and of whose it is.
    id BYTEA NOT NULL,
    -- A hash of the method, path and body.
    request BYTEA NOT NULL,
    -- Encrypted; NULL when it was too large to store.
    answer BYTEA,
    expires_at BIGINT NOT NULL, holder TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

CREATE TRIGGER idempotency_keys_counted AFTER INSERT ON idempotency_keys
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'idempotency_key', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER idempotency_keys_uncounted AFTER DELETE ON idempotency_keys
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'idempotency_key';
END;

CREATE TRIGGER idempotency_usage_added AFTER INSERT ON idempotency_keys
BEGIN
    INSERT INTO idempotency_usage (portal_id, holder, key_count, byte_count)
    VALUES (NEW.portal_id, NEW.holder, 1, COALESCE(LENGTH(NEW.answer), 0))
    ON CONFLICT (portal_id, holder) DO UPDATE
    SET key_count = key_count + 1, byte_count = byte_count + excluded.byte_count;
END;

CREATE TRIGGER idempotency_usage_changed AFTER UPDATE ON idempotency_keys
BEGIN
    UPDATE idempotency_usage
    SET byte_count = byte_count - COALESCE(LENGTH(OLD.answer), 0) + COALESCE(LENGTH(NEW.answer), 0)
    WHERE portal_id = NEW.portal_id AND holder = NEW.holder;
END;

CREATE TRIGGER idempotency_usage_removed AFTER DELETE ON idempotency_keys
BEGIN
    UPDATE idempotency_usage
    SET key_count = key_count - 1, byte_count = byte_count - COALESCE(LENGTH(OLD.answer), 0)
    WHERE portal_id = OLD.portal_id AND holder = OLD.holder;
    DELETE FROM idempotency_usage WHERE portal_id = OLD.portal_id AND holder = OLD.holder AND key_count = 0;
END;

CREATE TABLE idempotency_usage (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    holder TEXT NOT NULL,
    key_count BIGINT NOT NULL,
    -- Of the stored answers.
    byte_count BIGINT NOT NULL,
    PRIMARY KEY (portal_id, holder)
) WITHOUT ROWID;

CREATE TABLE import_created (
    portal_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    row_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, import_id, row_id),
    FOREIGN KEY (portal_id, import_id) REFERENCES imports (portal_id, id) ON DELETE CASCADE
);

CREATE TABLE import_faults (
    portal_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    field TEXT NOT NULL,
    -- JSON, in both languages.
    message TEXT NOT NULL,
    PRIMARY KEY (portal_id, import_id, row_number, field),
    FOREIGN KEY (portal_id, import_id) REFERENCES imports (portal_id, id) ON DELETE CASCADE
);

CREATE TABLE import_pieces (
    portal_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    -- CSV: the number of each row, and its cells.
    content BYTEA NOT NULL,
    PRIMARY KEY (portal_id, import_id, number),
    FOREIGN KEY (portal_id, import_id) REFERENCES imports (portal_id, id) ON DELETE CASCADE
);

CREATE TABLE imports (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- The kind of rows, as in the search index.
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- The language in which numbers and dates in the file are written.
    language TEXT NOT NULL,
    -- JSON: the heads of the file's columns, and the field that each fills; empty for none.
    heads TEXT NOT NULL,
    fields TEXT NOT NULL,
    -- What happens to a row that is there already; NULL until it is chosen.
    duplicates TEXT,
    -- Who started it: no reference, because that is also of interest afterwards.
    author_id TEXT NOT NULL,
    author_email TEXT NOT NULL,
    piece_count BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    -- The number of pieces that are dealt with, of the check or of the import.
    position BIGINT NOT NULL,
    faulty BIGINT NOT NULL,
    repeated BIGINT NOT NULL,
    known BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    -- JSON: why it stopped before its end.
    message TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX imports_by_age ON imports (created_at);

CREATE TABLE "invitations" (
    id TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    developer_id TEXT REFERENCES developers (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    invited_by TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX invitations_by_developer ON invitations (developer_id, email) WHERE developer_id IS NOT NULL;

CREATE INDEX invitations_by_expiry ON invitations (expires_at);

CREATE INDEX invitations_by_inviter ON invitations (invited_by);

CREATE UNIQUE INDEX invitations_by_portal ON invitations (portal_id, email) WHERE portal_id IS NOT NULL;

CREATE TABLE issued_punch_cards (
    portal_id TEXT NOT NULL,
    id TEXT NOT NULL,
    punch_card_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    -- What is typed or scanned at the counter.
    code TEXT NOT NULL,
    -- The number of punches when it was issued, and how many are left.
    punches BIGINT NOT NULL,
    punches_left BIGINT NOT NULL CHECK (punches_left BETWEEN 0 AND punches),
    expires_at BIGINT,
    -- When it was issued.
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id),
    UNIQUE (portal_id, code),
    FOREIGN KEY (portal_id, punch_card_id) REFERENCES punch_cards (portal_id, id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX issued_punch_cards_by_age ON issued_punch_cards (portal_id, created_at, id);

CREATE INDEX issued_punch_cards_of_card ON issued_punch_cards (portal_id, punch_card_id, id);

CREATE INDEX issued_punch_cards_of_customer ON issued_punch_cards (portal_id, customer_id, created_at, id);

CREATE TRIGGER issued_punch_cards_counted AFTER INSERT ON issued_punch_cards
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'issued_punch_card', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER issued_punch_cards_deleted AFTER DELETE ON issued_punch_cards
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'issued_punch_card' AND row_id = OLD.id;
END;

CREATE TRIGGER issued_punch_cards_history_ended AFTER DELETE ON issued_punch_cards
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'issued_punch_card' AND row_id = OLD.id;
END;

CREATE TRIGGER issued_punch_cards_history_resumed AFTER INSERT ON issued_punch_cards
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = 'issued_punch_card' AND row_id = NEW.id;
END;

CREATE TRIGGER issued_punch_cards_uncounted AFTER DELETE ON issued_punch_cards
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'issued_punch_card';
END;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    -- What it ends with.
    portal_id TEXT REFERENCES portals (id) ON DELETE CASCADE,
    subject TEXT,
    -- At most some jobs of a lane run at once; those with the same order key run one after the other.
    lane TEXT NOT NULL,
    order_key TEXT,
    -- Whether it waits for an earlier one of its order key, and whether a later one waits for it.
    held BOOLEAN NOT NULL DEFAULT FALSE,
    awaited BOOLEAN NOT NULL DEFAULT FALSE,
    run_at BIGINT NOT NULL,
    -- Whether run_at is a time that was chosen, and not one that the queue determined.
    planned BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Since when it has been failing.
    failed_at BIGINT,
    last_error TEXT,
    claimed_by TEXT,
    claimed_until BIGINT,
    ended_at BIGINT,
    remove_at BIGINT
);

CREATE INDEX jobs_by_portal ON jobs (portal_id) WHERE portal_id IS NOT NULL;

CREATE INDEX jobs_by_removal ON jobs (remove_at) WHERE remove_at IS NOT NULL;

CREATE INDEX jobs_by_subject ON jobs (subject) WHERE subject IS NOT NULL;

CREATE INDEX jobs_failed ON jobs (kind, id) WHERE state = 'failed';

CREATE INDEX jobs_in_order ON jobs (kind, order_key, id) WHERE order_key IS NOT NULL AND ended_at IS NULL;

CREATE INDEX jobs_running ON jobs (kind, lane, claimed_until) WHERE state = 'running';

CREATE INDEX jobs_waiting_by_lane ON jobs (kind, lane, run_at, id) WHERE state = 'waiting';

CREATE INDEX jobs_waiting_by_time ON jobs (kind, planned, run_at) WHERE state = 'waiting';

CREATE TABLE known_browsers (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    last_used_at BIGINT NOT NULL
);

CREATE INDEX known_browsers_by_account ON known_browsers (account_id);

CREATE INDEX known_browsers_by_last_use ON known_browsers (last_used_at);

CREATE TABLE leak_reports (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    reported_at BIGINT NOT NULL
);

CREATE INDEX leak_reports_by_time ON leak_reports (reported_at);

CREATE VIEW live_grants AS
SELECT g.id, g.portal_id, g.app_id
FROM grants g
JOIN portals p ON p.id = g.portal_id
JOIN apps a ON a.id = g.app_id
JOIN developers d ON d.id = a.developer_id
WHERE g.revoked_at IS NULL AND p.deleted_at IS NULL
    AND a.deleted_at IS NULL AND a.disabled_at IS NULL
    AND d.deleted_at IS NULL AND d.disabled_at IS NULL;

CREATE TABLE log_in_steps (
    token_hash BYTEA PRIMARY KEY,
    site TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
, kept BOOLEAN NOT NULL DEFAULT FALSE);

CREATE INDEX log_in_steps_by_account ON log_in_steps (account_id);

CREATE INDEX log_in_steps_by_expiry ON log_in_steps (expires_at);

CREATE TABLE mail_links (
    token_hash BYTEA PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
, visitor_hash BYTEA);

CREATE INDEX mail_links_by_account ON mail_links (account_id);

CREATE INDEX mail_links_by_expiry ON mail_links (expires_at);

CREATE TABLE maintenance (cleaned_up_at BIGINT NOT NULL);

CREATE TABLE migrations (name TEXT PRIMARY KEY, product_version TEXT NOT NULL);

CREATE TABLE oauth_tokens (
    id TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    code_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
, last_used_at BIGINT, rotated_at BIGINT, successor_salt BYTEA, dpop_jkt BYTEA);

CREATE INDEX oauth_tokens_by_code ON oauth_tokens (code_id);

CREATE INDEX oauth_tokens_by_expiry ON oauth_tokens (expires_at);

CREATE INDEX oauth_tokens_by_grant ON oauth_tokens (grant_id);

CREATE INDEX oauth_tokens_by_last_use ON oauth_tokens (COALESCE(last_used_at, created_at)) WHERE kind = 'refresh';

CREATE INDEX oauth_tokens_by_revocation ON oauth_tokens (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE INDEX oauth_tokens_by_rotation ON oauth_tokens (rotated_at) WHERE rotated_at IS NOT NULL;

CREATE TRIGGER oauth_tokens_deleted_token_data AFTER DELETE ON oauth_tokens
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

CREATE TABLE opening_hours (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    -- Such as "09:00-12:30, 13:00-17:00", what the clocks of the portal's time zone show; null if it is closed all day.
    monday TEXT,
    tuesday TEXT,
    wednesday TEXT,
    thursday TEXT,
    friday TEXT,
    saturday TEXT,
    sunday TEXT,
    -- The number of changes.
    revision BIGINT NOT NULL
);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
, html TEXT);

CREATE INDEX outbox_by_next_try ON outbox (next_try_at);

CREATE TABLE passkey_challenges (
    token_hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX passkey_challenges_by_account ON passkey_challenges (account_id);

CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);

CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    rp_id TEXT NOT NULL,
    credential_id BYTEA NOT NULL,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);

CREATE INDEX passkeys_by_account ON passkeys (account_id, created_at);

CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (rp_id, credential_id);

CREATE TABLE pending_emails (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);

CREATE INDEX pending_emails_by_expiry ON pending_emails (expires_at);

CREATE TABLE periodic_work (
    name TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL
);

CREATE TABLE portal_members (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL, first_steps_hidden_at BIGINT,
    PRIMARY KEY (portal_id, account_id)
) WITHOUT ROWID;

CREATE INDEX portal_members_by_account ON portal_members (account_id);

CREATE TABLE portal_settings (
    portal_id TEXT PRIMARY KEY REFERENCES portals (id) ON DELETE CASCADE,
    legal_name TEXT,
    address TEXT,
    zip_code TEXT,
    city TEXT,
    country_code TEXT,
    kvk_number TEXT,
    vat_number TEXT,
    iban TEXT,
    -- Such as #0b6b7a; white text on it is readable.
    color TEXT,
    language TEXT,
    sender_name TEXT,
    logo BYTEA,
    logo_type TEXT,
    -- Differs for each logo, for the caches of browsers.
    logo_version TEXT,
    -- The number of changes.
    revision BIGINT NOT NULL
);

CREATE TABLE portal_totals (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    PRIMARY KEY (portal_id, kind)
) WITHOUT ROWID;

CREATE TABLE portal_usage_days (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    -- The id of the key, or of the grant.
    subject TEXT NOT NULL,
    requests BIGINT NOT NULL,
    -- Of those, the ones with a status of 400 or higher.
    errors BIGINT NOT NULL,
    PRIMARY KEY (portal_id, day, subject)
) WITHOUT ROWID;

CREATE INDEX portal_usage_days_by_age ON portal_usage_days (day);

CREATE TABLE portals (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL DEFAULT 'Europe/Amsterdam',
    created_at BIGINT NOT NULL
, sandbox_of TEXT REFERENCES developers (id) ON DELETE CASCADE, deleted_at BIGINT, restore_hash BYTEA, removed_at BIGINT, requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE);

CREATE UNIQUE INDEX portals_by_restore ON portals (restore_hash) WHERE restore_hash IS NOT NULL;

CREATE INDEX portals_by_sandbox ON portals (sandbox_of);

CREATE TRIGGER portals_deleted_token_data AFTER DELETE ON portals
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TRIGGER portals_updated_token_data AFTER UPDATE ON portals
WHEN OLD.id IS NOT NEW.id OR OLD.time_zone IS NOT NEW.time_zone OR OLD.sandbox_of IS NOT NEW.sandbox_of OR
    OLD.deleted_at IS NOT NEW.deleted_at
BEGIN
    UPDATE token_data_version SET version = version + 1;
END;

CREATE TABLE public_links (
    -- The SHA-256 of the secret in the link.
    token_hash BYTEA NOT NULL PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    row_id TEXT NOT NULL,
    -- The secret itself, sealed, so that the portal can show the link again.
    secret BYTEA NOT NULL,
    -- When the link stops working; null if it works until its row is deleted.
    ends_at BIGINT,
    UNIQUE (portal_id, row_id)
);

CREATE TABLE punch_cards (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- The number of punches of a full card.
    punches BIGINT NOT NULL,
    -- What a punch is for, such as a cup of coffee.
    punch_label TEXT NOT NULL,
    for_sale BOOLEAN NOT NULL,
    -- In cents.
    price BIGINT,
    vat_rate BIGINT,
    -- How long a card is valid after it was issued; null if it always is.
    expiry_value BIGINT,
    -- days, months or years.
    expiry_period TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1, name_key TEXT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;

CREATE INDEX punch_cards_by_age ON punch_cards (portal_id, created_at, id);

CREATE INDEX punch_cards_by_change ON punch_cards (portal_id, updated_at, id);

CREATE INDEX punch_cards_by_name ON punch_cards (portal_id, COALESCE(name_key, lower(name)), id);

CREATE TRIGGER punch_cards_counted AFTER INSERT ON punch_cards
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'punch_card', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER punch_cards_deleted AFTER DELETE ON punch_cards
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'punch_card' AND row_id = OLD.id;
END;

CREATE TRIGGER punch_cards_uncounted AFTER DELETE ON punch_cards
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'punch_card';
END;

CREATE TABLE pushed_requests (
    request_hash BYTEA PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    parameters TEXT NOT NULL,
    pushed_at BIGINT NOT NULL,
    opened_at BIGINT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
, decided_by TEXT, decision TEXT) WITHOUT ROWID;

CREATE INDEX pushed_requests_by_app ON pushed_requests (app_id);

CREATE INDEX pushed_requests_by_expiry ON pushed_requests (expires_at);

CREATE TABLE readiness_probes (
    name TEXT PRIMARY KEY,
    probed_at BIGINT NOT NULL
);

CREATE TABLE received_messages (
    -- The attempt by which it came.
    webhook_id TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    -- One on each line, as in HTTP.
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (webhook_id, id),
    FOREIGN KEY (webhook_id, id) REFERENCES app_webhook_deliveries (webhook_id, id) ON DELETE CASCADE
);

CREATE INDEX received_messages_by_age ON received_messages (webhook_id, received_at, id);

CREATE INDEX received_messages_old ON received_messages (received_at);

CREATE TABLE recovery_codes (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (account_id, code_hash)
) WITHOUT ROWID;

CREATE TABLE request_log_segments (
    id TEXT PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    app_id TEXT REFERENCES apps (id) ON DELETE CASCADE,
    oldest BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    packed BYTEA NOT NULL
, refused BOOLEAN NOT NULL DEFAULT FALSE);

CREATE INDEX request_log_segments_by_age ON request_log_segments (newest);

CREATE INDEX request_log_segments_by_app ON request_log_segments (app_id, newest, id);

CREATE INDEX request_log_segments_by_kind ON request_log_segments (portal_id, subject, refused, newest, id);

CREATE INDEX request_log_segments_by_subject ON request_log_segments (portal_id, subject, newest, id);

CREATE TRIGGER request_log_segments_added AFTER INSERT ON request_log_segments
BEGIN
    INSERT INTO request_log_totals (portal_id, subject, refused, entries, segments)
    VALUES (NEW.portal_id, NEW.subject, NEW.refused, NEW.entries, 1)
    ON CONFLICT (portal_id, subject, refused)
    DO UPDATE SET entries = entries + excluded.entries, segments = segments + 1;
END;

CREATE TRIGGER request_log_segments_removed AFTER DELETE ON request_log_segments
BEGIN
    UPDATE request_log_totals SET entries = entries - OLD.entries, segments = segments - 1
    WHERE portal_id = OLD.portal_id AND subject = OLD.subject AND refused = OLD.refused;
    DELETE FROM request_log_totals
    WHERE portal_id = OLD.portal_id AND subject = OLD.subject AND refused = OLD.refused AND segments <= 0;
END;

CREATE TABLE request_log_totals (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    refused BOOLEAN NOT NULL,
    entries BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    PRIMARY KEY (portal_id, subject, refused)
) WITHOUT ROWID;

CREATE TABLE requested_files (
    portal_id TEXT NOT NULL,
    id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- The place in the request.
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    required BOOLEAN NOT NULL,
    -- In KiB.
    max_file_size BIGINT,
    -- The file that came in, and what it was called. It can be deleted since.
    file_id TEXT,
    file_name TEXT,
    received_at BIGINT,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, request_id) REFERENCES file_requests (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX requested_files_of_request ON requested_files (portal_id, request_id, position);

CREATE TABLE resource_servers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    secret_start TEXT NOT NULL,
    previous_hash BYTEA,
    previous_expires_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TRIGGER resource_servers_deleted_token_data AFTER DELETE ON resource_servers
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

CREATE TABLE saved_views (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- The kind of the list's rows, such as customer.
    list TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- As in the list's address.
    query TEXT NOT NULL,
    -- Whether everybody in the portal sees it.
    is_shared BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX saved_views_of_account ON saved_views (account_id);

CREATE INDEX saved_views_of_list ON saved_views (portal_id, list, created_at);

CREATE TABLE sealing_key (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    key_id BYTEA NOT NULL
);

CREATE TABLE search_entries (
    number INTEGER PRIMARY KEY,
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    row_id TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (portal_id, kind, row_id)
);

CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries
BEGIN
    DELETE FROM search_grams WHERE rowid = OLD.number;
END;

CREATE VIRTUAL TABLE search_grams USING fts5 (grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

CREATE TABLE 'search_grams_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'search_grams_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'search_grams_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'search_grams_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE search_progress (
    kind TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    done BOOLEAN NOT NULL,
    portal_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    row_id TEXT NOT NULL
);

CREATE TABLE server_secrets (
    name TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash BYTEA PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    portal_id TEXT REFERENCES portals (id) ON DELETE SET NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
, developer_id TEXT REFERENCES developers (id) ON DELETE SET NULL, second_factor_at BIGINT, kept BOOLEAN NOT NULL DEFAULT FALSE);

CREATE INDEX sessions_by_account ON sessions (account_id, last_seen_at);

CREATE INDEX sessions_by_developer ON sessions (developer_id);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE INDEX sessions_by_portal ON sessions (portal_id);

CREATE TABLE ticket_attachments (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    -- That of the ticket when it was written, with which the ticket can be in the bin.
    customer_id TEXT,
    message_id TEXT NOT NULL,
    -- Its place among those of the message.
    number BIGINT NOT NULL,
    file_id TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    mime TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    -- When its ticket was deleted. The row stays while the ticket can come back from the bin.
    ended_at BIGINT,
    PRIMARY KEY (portal_id, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX ticket_attachments_by_file ON ticket_attachments (portal_id, file_id);

CREATE INDEX ticket_attachments_ended ON ticket_attachments (ended_at);

CREATE UNIQUE INDEX ticket_attachments_of_message ON ticket_attachments (portal_id, ticket_id, message_id, number);

CREATE TRIGGER ticket_attachments_unweighed AFTER DELETE ON ticket_attachments
BEGIN
    UPDATE portal_totals SET row_count = row_count - OLD.size WHERE portal_id = OLD.portal_id AND kind = 'file_byte';
END;

CREATE TRIGGER ticket_attachments_weighed AFTER INSERT ON ticket_attachments
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'file_byte', NEW.size)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + NEW.size;
END;

CREATE TABLE ticket_messages (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    -- That of the ticket, by which the messages go into the bin with the customer.
    customer_id TEXT,
    number BIGINT NOT NULL,
    -- customer, employee or note: who wrote it. A note is seen by the members of the portal only.
    kind TEXT NOT NULL,
    -- The name of the person, key or app at that time.
    posted_by TEXT NOT NULL,
    -- Safe HTML.
    body TEXT NOT NULL,
    posted_at BIGINT NOT NULL, mail_id TEXT, sender TEXT, quoted TEXT,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, ticket_id) REFERENCES tickets (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE UNIQUE INDEX ticket_messages_by_mail ON ticket_messages (portal_id, ticket_id, mail_id);

CREATE UNIQUE INDEX ticket_messages_in_order ON ticket_messages (portal_id, ticket_id, number);

CREATE INDEX ticket_messages_of_customer ON ticket_messages (portal_id, customer_id);

CREATE TABLE tickets (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    -- portal, email or chat: where it began.
    source TEXT NOT NULL,
    -- open or closed.
    status TEXT NOT NULL,
    customer_id TEXT,
    -- The account of the member who takes care of it. Whoever has left the portal takes care of nothing.
    assignee_id TEXT,
    -- The number of its messages, with the internal notes.
    messages BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    -- Its last message or other change.
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1, name_key TEXT, refused_at BIGINT, words TEXT,
    PRIMARY KEY (portal_id, id),
    FOREIGN KEY (portal_id, customer_id) REFERENCES customers (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX tickets_by_age ON tickets (portal_id, created_at, id);

CREATE INDEX tickets_by_change ON tickets (portal_id, updated_at, id);

CREATE INDEX tickets_by_title ON tickets (portal_id, COALESCE(name_key, lower(title)), id);

CREATE INDEX tickets_of_assignee ON tickets (portal_id, assignee_id, updated_at, id);

CREATE INDEX tickets_of_customer ON tickets (portal_id, customer_id, updated_at, id);

CREATE TRIGGER tickets_attachments_ended AFTER DELETE ON tickets
BEGIN
    UPDATE ticket_attachments SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND ticket_id = OLD.id;
END;

CREATE TRIGGER tickets_attachments_resumed AFTER INSERT ON tickets
BEGIN
    UPDATE ticket_attachments SET ended_at = NULL WHERE portal_id = NEW.portal_id AND ticket_id = NEW.id;
END;

CREATE TRIGGER tickets_counted AFTER INSERT ON tickets
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'ticket', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'ticket' AND row_id = OLD.id;
END;

CREATE TRIGGER tickets_history_ended AFTER DELETE ON tickets
BEGIN
    UPDATE history SET ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
    WHERE portal_id = OLD.portal_id AND kind = 'ticket' AND row_id = OLD.id;
END;

CREATE TRIGGER tickets_history_resumed AFTER INSERT ON tickets
BEGIN
    UPDATE history SET ended_at = NULL
    WHERE portal_id = NEW.portal_id AND kind = 'ticket' AND row_id = NEW.id;
END;

CREATE TRIGGER tickets_uncounted AFTER DELETE ON tickets
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'ticket';
END;

CREATE TABLE token_data_version (
    only_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    version BIGINT NOT NULL
);

CREATE TABLE totp_factors (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE trash (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The same for all rows that were deleted together.
    deletion TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    -- The name of the person, key or app.
    deleted_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The rows by their tables, as JSON of their columns.
    content TEXT NOT NULL,
    -- The length of the content in bytes.
    size BIGINT NOT NULL,
    PRIMARY KEY (portal_id, kind, id)
);

CREATE INDEX trash_by_age ON trash (portal_id, deleted_at, id, kind, size);

CREATE INDEX trash_by_deletion ON trash (portal_id, deletion);

CREATE INDEX trash_by_expiry ON trash (expires_at);

CREATE TABLE unread_tickets (
    portal_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    PRIMARY KEY (portal_id, account_id, ticket_id),
    FOREIGN KEY (portal_id, account_id) REFERENCES portal_members (portal_id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (portal_id, ticket_id) REFERENCES tickets (portal_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX unread_tickets_by_ticket ON unread_tickets (portal_id, ticket_id);

CREATE TABLE used_jtis (
    jti_hash BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE INDEX used_jtis_by_expiry ON used_jtis (expires_at);

CREATE TABLE webhook_deliveries (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    webhook_id TEXT NOT NULL,
    id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    -- The job whose attempt it was, and which of its attempts.
    job_id BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    -- Of the response, if there was one; or else why not.
    status BIGINT,
    answer TEXT,
    fault TEXT,
    PRIMARY KEY (portal_id, webhook_id, id),
    FOREIGN KEY (portal_id, webhook_id) REFERENCES webhooks (portal_id, id) ON DELETE CASCADE
);

CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (portal_id, webhook_id, sent_at, id);

CREATE INDEX webhook_deliveries_old ON webhook_deliveries (sent_at);

CREATE TABLE webhooks (
    portal_id TEXT NOT NULL REFERENCES portals (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    -- As the contract names it, such as customer-created.
    type TEXT NOT NULL,
    url TEXT NOT NULL,
    -- What deliveries are signed with: 32 bytes, sealed. Empty once the key that sealed it is lost; the next start makes
    -- a new one.
    secret BYTEA NOT NULL,
    -- Whether deliveries carry the secret itself in a header, as the contract has it.
    sends_secret BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 1,
    -- Since when nothing but failures, when people were warned of it, when it was switched off for it, and when people
    -- were told.
    failing_since BIGINT,
    warned_at BIGINT,
    switched_off_at BIGINT,
    told_at BIGINT, name_key TEXT, previous_secret BYTEA, previous_until BIGINT,
    PRIMARY KEY (portal_id, id)
);

CREATE INDEX webhooks_by_age ON webhooks (portal_id, created_at, id);

CREATE INDEX webhooks_by_url ON webhooks (portal_id, COALESCE(name_key, lower(url)), id);

CREATE INDEX webhooks_failing ON webhooks (failing_since) WHERE failing_since IS NOT NULL;

CREATE INDEX webhooks_of_type ON webhooks (portal_id, type);

CREATE TRIGGER webhooks_counted AFTER INSERT ON webhooks
BEGIN
    INSERT INTO portal_totals (portal_id, kind, row_count) VALUES (NEW.portal_id, 'webhook', 1)
    ON CONFLICT (portal_id, kind) DO UPDATE SET row_count = row_count + 1;
END;

CREATE TRIGGER webhooks_deleted AFTER DELETE ON webhooks
BEGIN
    DELETE FROM search_entries WHERE portal_id = OLD.portal_id AND kind = 'webhook' AND row_id = OLD.id;
    DELETE FROM jobs WHERE subject = OLD.id;
END;

CREATE TRIGGER webhooks_uncounted AFTER DELETE ON webhooks
BEGIN
    UPDATE portal_totals SET row_count = row_count - 1 WHERE portal_id = OLD.portal_id AND kind = 'webhook';
END;
