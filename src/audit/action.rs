//! The actions in the audit log. Their descriptions are `audit.action.<name>` in
//! `locales/audit.yml`.

use crate::db::text_enum;

macro_rules! actions {
    ($($action:ident = $name:literal),+ $(,)?) => {
        text_enum! {
            /// A security-relevant action.
            pub Action { $(
                #[doc = concat!("`", $name, "`")]
                $action = $name,
            )+ }
        }
    };
}

actions! {
    LoggedIn = "logged_in",
    LogInFailed = "log_in_failed",
    UnknownLogInsFailed = "unknown_log_ins_failed",
    LoggedOut = "logged_out",
    PasswordChanged = "password_changed",
    PasswordResetAsked = "password_reset_asked",
    PasswordReset = "password_reset",
    Registered = "registered",
    NameChanged = "name_changed",
    EmailChangeAsked = "email_change_asked",
    EmailChanged = "email_changed",
    EmailChangeUndone = "email_change_undone",
    EmailVerified = "email_verified",
    SessionEnded = "session_ended",
    OtherSessionsEnded = "other_sessions_ended",
    ReauthenticationFailed = "reauthentication_failed",
    SecondFactorFailed = "second_factor_failed",
    AuthenticatorAdded = "authenticator_added",
    AuthenticatorRemoved = "authenticator_removed",
    PasskeyAdded = "passkey_added",
    PasskeyRemoved = "passkey_removed",
    RecoveryCodesRenewed = "recovery_codes_renewed",
    RecoveryCodeUsed = "recovery_code_used",
    ApiKeyCreated = "api_key_created",
    ApiKeyChanged = "api_key_changed",
    ApiKeyRotated = "api_key_rotated",
    ApiKeyRevoked = "api_key_revoked",
    ApiKeyExpiryWarned = "api_key_expiry_warned",
    ApiKeyExpired = "api_key_expired",
    OldSecretKept = "old_secret_kept",
    PortalCreated = "portal_created",
    PortalOpened = "portal_opened",
    DeveloperCreated = "developer_created",
    DeveloperOpened = "developer_opened",
    SandboxCreated = "sandbox_created",
    SandboxDeleted = "sandbox_deleted",
    LeakReported = "leak_reported",
    GrantAllowed = "grant_allowed",
    GrantChanged = "grant_changed",
    GrantUsedAgain = "grant_used_again",
    GrantDenied = "grant_denied",
    GrantRevoked = "grant_revoked",
    TokensReturned = "tokens_returned",
    CodeReplayed = "code_replayed",
    RefreshTokenReused = "refresh_token_reused",
    AppCreated = "app_created",
    AppChanged = "app_changed",
    AppKeysChanged = "app_keys_changed",
    AppProtectionChanged = "app_protection_changed",
    AppLogoChanged = "app_logo_changed",
    AppDeleted = "app_deleted",
    AppSecretRotated = "app_secret_rotated",
    PersonInvited = "person_invited",
    InvitationWithdrawn = "invitation_withdrawn",
    InvitationAccepted = "invitation_accepted",
    RoleChanged = "role_changed",
    PersonRemoved = "person_removed",
    PersonLeft = "person_left",
    AccountDisabled = "account_disabled",
    AccountEnabled = "account_enabled",
    AllSessionsEnded = "all_sessions_ended",
    FactorsReset = "factors_reset",
    DeveloperDisabled = "developer_disabled",
    DeveloperEnabled = "developer_enabled",
    AppDisabled = "app_disabled",
    AppEnabled = "app_enabled",
    CustomerCreated = "customer_created",
    CustomerChanged = "customer_changed",
    CustomerDeleted = "customer_deleted",
    CustomerRestored = "customer_restored",
    CustomerDeletedForGood = "customer_deleted_for_good",
    CustomerFieldCreated = "customer_field_created",
    CustomerFieldChanged = "customer_field_changed",
    CustomerFieldDeleted = "customer_field_deleted",
    CustomerGroupCreated = "customer_group_created",
    CustomerGroupChanged = "customer_group_changed",
    CustomerGroupDeleted = "customer_group_deleted",
    CustomerGroupRestored = "customer_group_restored",
    CustomerGroupDeletedForGood = "customer_group_deleted_for_good",
    PunchCardCreated = "punch_card_created",
    PunchCardChanged = "punch_card_changed",
    PunchCardDeleted = "punch_card_deleted",
    PunchCardRestored = "punch_card_restored",
    PunchCardDeletedForGood = "punch_card_deleted_for_good",
    PunchCardIssued = "punch_card_issued",
    PunchCardStamped = "punch_card_stamped",
    AppointmentCreated = "appointment_created",
    AppointmentChanged = "appointment_changed",
    AppointmentScheduled = "appointment_scheduled",
    AppointmentCanceled = "appointment_canceled",
    AppointmentDeleted = "appointment_deleted",
    AppointmentRestored = "appointment_restored",
    AppointmentDeletedForGood = "appointment_deleted_for_good",
    WebhookCreated = "webhook_created",
    WebhookChanged = "webhook_changed",
    WebhookDeleted = "webhook_deleted",
    WebhookSecretRotated = "webhook_secret_rotated",
    WebhookSentAgain = "webhook_sent_again",
    WebhookReplayed = "webhook_replayed",
    WebhookTested = "webhook_tested",
    WebhookSwitchedOff = "webhook_switched_off",
    WebhookSwitchedOn = "webhook_switched_on",
    FileAdded = "file_added",
    FileRenamed = "file_renamed",
    FileDeleted = "file_deleted",
    DirectoryCreated = "directory_created",
    DirectoryRenamed = "directory_renamed",
    DirectoryDeleted = "directory_deleted",
    FileShareCreated = "file_share_created",
    FileShareDownloaded = "file_share_downloaded",
    FileShareDeleted = "file_share_deleted",
    ManyRowsChanged = "many_rows_changed",
    RowsExported = "rows_exported",
    ImportStarted = "import_started",
    ImportEnded = "import_ended",
    ImportUndone = "import_undone",
    AccountDeleted = "account_deleted",
    AccountRestored = "account_restored",
    AccountRemoved = "account_removed",
    PortalRenamed = "portal_renamed",
    PortalSettingsChanged = "portal_settings_changed",
    PortalSecondFactorRequired = "portal_second_factor_required",
    PortalSecondFactorOptional = "portal_second_factor_optional",
    PortalDeleted = "portal_deleted",
    PortalRestored = "portal_restored",
    PortalRemoved = "portal_removed",
    DeveloperRenamed = "developer_renamed",
    DeveloperSecondFactorRequired = "developer_second_factor_required",
    DeveloperSecondFactorOptional = "developer_second_factor_optional",
    DeveloperDeleted = "developer_deleted",
    DeveloperRestored = "developer_restored",
    DeveloperRemoved = "developer_removed",
    ResourceServerCreated = "resource_server_created",
    ResourceServerSecretRotated = "resource_server_secret_rotated",
    ResourceServerRevoked = "resource_server_revoked",
    AccountCreated = "account_created",
    JobRetried = "job_retried",
    FailedJobsRetried = "failed_jobs_retried",
    JobDiscarded = "job_discarded",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn every_action_is_told_in_both_languages() {
        for action in Action::ALL {
            let key = format!("audit.action.{}", action.name());
            for lang in Lang::ALL {
                assert!(!lang.text(&key).starts_with("audit."), "{key} in {lang:?}");
            }
        }
    }
}
