//! The paths of pages that mails of other folders link to.

use crate::ids::{ApiKeyId, AppId, GrantId, PortalId, WebhookId};

/// The search of everything in a portal.
pub const SEARCH: &str = "/manage/search";

/// What the keyboard can do.
pub const SHORTCUTS: &str = "/manage/shortcuts";

/// The page of a portal's API keys.
pub const API_KEYS: &str = "/manage/settings/api-keys";

/// The page of a portal's connected apps.
pub const CONNECTED_APPS: &str = "/manage/settings/connected-apps";

/// The page of a portal's webhooks.
pub const WEBHOOKS: &str = "/manage/settings/webhooks";

/// The page of a webhook.
pub fn webhook(id: &WebhookId) -> String {
    format!("{WEBHOOKS}/{id}")
}

/// The page of an app's webhooks.
pub fn app_webhooks(app: &AppId) -> String {
    format!("/developers/apps/{app}/webhooks")
}

/// The page of a webhook of an app.
pub fn app_webhook(app: &AppId, id: &WebhookId) -> String {
    format!("{}/{id}", app_webhooks(app))
}

/// The page of a key, even after it ended.
pub fn api_key(id: &ApiKeyId) -> String {
    format!("{API_KEYS}/{id}")
}

/// The page of a connected app, even after the connection ended.
pub fn connected_app(id: &GrantId) -> String {
    format!("{CONNECTED_APPS}/{id}")
}

/// A version of a portal's logo, for the people who work there.
pub fn portal_logo(id: &PortalId, version: &str) -> String {
    format!("/manage/portals/{id}/logo?v={version}")
}
