//! Uploading files, and showing them.

use maud::{Markup, html};

/// A form that uploads files. With a script, files can be dropped on it, are sent one after the other,
/// and it shows how far they are; `drop` then says so, and `failed` what to do if one didn't arrive.
pub fn drop_zone(drop: &str, failed: &str, form: Markup) -> Markup {
    html! {
        div.drop-zone data-failed=(failed) {
            (form)
            p.drop-hint.muted hidden { (drop) }
            ul.drop-files aria-live="polite" hidden {}
        }
    }
}

/// A picture in its own place, as large as there is room for.
pub fn picture(src: &str, alt: &str) -> Markup {
    html! { div.picture { img src=(src) alt=(alt) loading="lazy"; } }
}
