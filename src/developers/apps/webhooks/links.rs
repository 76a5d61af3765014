//! The breadcrumbs to these pages.

use maud::Markup;

use crate::clients::App;
use crate::i18n::{Lang, tr};
use crate::links::{app_webhook, app_webhooks};
use crate::ui;

use super::manager::Opened;

/// The breadcrumbs to the list of an app's webhooks; or through it to a page that creates one.
pub(super) fn trail_of_list(lang: Lang, app: &App, here: Option<&str>) -> Markup {
    let (page, list) = (format!("/developers/apps/{}", app.id), app_webhooks(&app.id));
    let (apps, title) = (tr!(lang, "developers.nav.apps"), tr!(lang, "webhooks.title"));
    let is_list = here.is_none();
    let mut items = vec![
        (apps.as_ref(), Some("/developers/apps")),
        (app.name.as_str(), Some(page.as_str())),
        (title.as_ref(), (!is_list).then_some(list.as_str())),
    ];
    items.extend(here.map(|here| (here, None)));
    ui::breadcrumbs(lang, &items)
}

/// The breadcrumbs from the list through the webhook to a page about it; without `here`, to the webhook's
/// page itself.
pub(super) fn trail(lang: Lang, opened: &Opened, here: Option<&str>) -> Markup {
    let Opened { app, webhook } = opened;
    let (page, list) = (format!("/developers/apps/{}", app.id), app_webhooks(&app.id));
    let (apps, title) = (tr!(lang, "developers.nav.apps"), tr!(lang, "webhooks.title"));
    let (name, own) = (opened.name(lang), app_webhook(&app.id, &webhook.id));
    let mut items = vec![
        (apps.as_ref(), Some("/developers/apps")),
        (app.name.as_str(), Some(page.as_str())),
        (title.as_ref(), Some(list.as_str())),
        (name.as_str(), here.is_some().then_some(own.as_str())),
    ];
    items.extend(here.map(|here| (here, None)));
    ui::breadcrumbs(lang, &items)
}
