//! The breadcrumbs to these pages.

use maud::Markup;

use crate::clients::App;
use crate::i18n::{Lang, tr};
use crate::links::{app_webhook, app_webhooks};
use crate::ui;

use super::manager::Opened;

/// The breadcrumbs to the list of an app's webhooks; or through it to a page that creates one.
pub(super) fn trail_of_list(lang: Lang, app: &App, here: Option<&str>) -> Markup {
    let here = here.map(|here| (here, None));
    breadcrumbs(lang, app, &here.into_iter().collect::<Vec<_>>())
}

/// The breadcrumbs from the list through the webhook to a page about it; without `here`, to the webhook's
/// page itself.
pub(super) fn trail(lang: Lang, opened: &Opened, here: Option<&str>) -> Markup {
    let Opened { app, webhook } = opened;
    let (name, own) = (opened.name(lang), app_webhook(&app.id, &webhook.id));
    let mut below = vec![(name.as_str(), here.is_some().then_some(own.as_str()))];
    below.extend(here.map(|here| (here, None)));
    breadcrumbs(lang, app, &below)
}

/// The breadcrumbs to the list, and what is below it.
fn breadcrumbs(lang: Lang, app: &App, below: &[(&str, Option<&str>)]) -> Markup {
    let (page, list) = (format!("/developers/apps/{}", app.id), app_webhooks(&app.id));
    let (apps, title) = (tr!(lang, "developers.nav.apps"), tr!(lang, "webhooks.title"));
    let above = [
        (apps.as_ref(), Some("/developers/apps")),
        (app.name.as_str(), Some(page.as_str())),
        (title.as_ref(), (!below.is_empty()).then_some(list.as_str())),
    ];
    ui::breadcrumbs(lang, &[&above, below].concat())
}
