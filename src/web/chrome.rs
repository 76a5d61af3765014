//! The layout of pages that don't need a session.

use crate::accounts::Site;
use crate::ui::{self, Chrome};
use crate::web::Visit;

/// The layout of a page that doesn't need a session.
pub fn plain_chrome(visit: &Visit) -> Chrome<'_> {
    Chrome {
        site: ui::Site::Plain,
        lang: visit.lang,
        path: &visit.address,
        mark: Some(&visit.mark),
        person: visit.session.as_ref().map(|session| session.name.as_str()),
        account_path: match visit.site {
            Site::Manage => "/manage/account",
            Site::Developers => "/developers/account",
        },
        logout_path: match visit.site {
            Site::Manage => "/manage/logout",
            Site::Developers => "/developers/logout",
        },
        organisation: None,
        brand: ui::Brand::default(),
        home: visit.site.path().to_owned(),
        palette: None,
        nav: Vec::new(),
        top_right: None,
        flash: visit.flash.clone(),
        errors: visit.errors(),
        is_shown_once: false,
    }
}
