//! The section of webhooks, and what leads to its pages.

use maud::Markup;

use super::Webhook;
use crate::i18n::Lang;
use crate::ids::WebhookId;
use crate::links;
use crate::ui::Icon;
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: links::WEBHOOKS,
    title: "manage.nav.webhooks",
    icon: Icon::Send,
    group: MenuGroup::Settings,
    key: Some('w'),
};

/// Its path.
pub(super) const PATH: &str = SECTION.path;

/// The path of a webhook's page.
pub(super) fn page_path(id: &WebhookId) -> String {
    links::webhook(id)
}

/// The breadcrumbs from the list through the webhook to a page about it; without `here`, to the webhook's
/// page itself.
pub(super) fn trail(lang: Lang, webhook: &Webhook, here: Option<&str>) -> Markup {
    let label = webhook.event.label(lang);
    match here {
        Some(here) => SECTION.trail(lang, &[(&label, &page_path(&webhook.id))], here),
        None => SECTION.trail(lang, &[], &label),
    }
}
