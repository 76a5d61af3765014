//! Who may open these pages, and what they are about.

use crate::accounts::may;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::{App, AppWebhook};
use crate::db::Tx;
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::ids::{AppId, WebhookId};
use crate::outgoing::host_of;
use crate::server::Server;
use crate::web::Allowed;

/// A member who may manage apps.
pub(super) type Manager = Allowed<DeveloperMember, may::ManageApps>;

/// An app of the member's developer, with one of its webhooks.
pub(super) struct Opened {
    pub(super) app: App,
    pub(super) webhook: AppWebhook,
}

impl Opened {
    /// Finds both.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] when the developer has no such app, or that no such webhook.
    pub(super) async fn find(
        server: &Server,
        member: &Manager,
        (app, webhook): (&AppId, &WebhookId),
    ) -> Result<Self> {
        let app = App::of_developer(&server.db, &member.developer.id, app).await?;
        let webhook = AppWebhook::find(&server.db, &app.id, webhook).await?;
        Ok(Self { app, webhook })
    }

    /// What the webhook is called: the host of its address.
    pub(super) fn name(&self, lang: Lang) -> String {
        if self.webhook.is_receiver {
            tr!(lang, "developers.webhooks.receiver").into_owned()
        } else {
            host_of(&self.webhook.url)
        }
    }

    /// Records what a member did with the webhook, and commits.
    pub(super) async fn commit(
        &self,
        mut tx: Tx,
        server: &Server,
        (member, caller): (&Manager, &Caller),
        action: Action,
    ) -> Result<()> {
        let subject = subject(&self.app, &self.webhook.url);
        member.event(action, &subject, caller).record(&mut tx, server.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

/// How the audit log names a webhook of an app: without its path, which can hold a secret.
pub(super) fn subject(app: &App, url: &str) -> String {
    format!("{} → {}", app.name, host_of(url))
}
