//! The breadcrumbs to the pages about an app.

use maud::Markup;

use crate::clients::App;
use crate::i18n::{Lang, tr};
use crate::ui;

/// The breadcrumbs from the list through the app to a page about it.
pub(super) fn trail(lang: Lang, app: &App, here: &str) -> Markup {
    let path = format!("/developers/apps/{}", app.id);
    ui::breadcrumbs(
        lang,
        &[
            (&tr!(lang, "developers.nav.apps"), Some("/developers/apps")),
            (&app.name, Some(&path)),
            (here, None),
        ],
    )
}
