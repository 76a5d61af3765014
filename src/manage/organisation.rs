//! Settings → Portal. The pages are in `account_pages::organisation`.

use super::Member;
use super::sections::PORTAL;
use crate::account_pages::organisation::{delete, rename, second_factor, show};
use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::of(PORTAL)
        .form("/", show::<Member>, rename::<Member>)
        .form("/second-factor", second_factor::show::<Member>, second_factor::submit::<Member>)
        .form("/delete", delete::show::<Member>, delete::submit::<Member>)
}
