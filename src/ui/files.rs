//! Uploading files, and showing them.

use maud::{Markup, html};

use super::assets;
use super::button::{ButtonStyle, button_form_about};
use super::hidden::FormMark;
use crate::i18n::{Lang, tr};

/// Where files are uploaded. Its script is `static/upload.js`: files can be dropped, several are sent at
/// once, large ones in parts, and it shows how far they are. Without it, the form sends them.
#[derive(Debug)]
pub struct DropZone<'a> {
    /// The form, with one field for files.
    pub form: Markup,
    /// The path to which uploads in parts are posted.
    pub uploads: &'a str,
    /// Where the files are put.
    pub directory: &'a str,
    /// The size of a part in bytes.
    pub part: u64,
    /// What isn't done.
    pub unfinished: &'a [UnfinishedUpload<'a>],
}

/// An upload that can go on.
#[derive(Debug)]
pub struct UnfinishedUpload<'a> {
    /// Its id.
    pub id: &'a str,
    /// The name of the file, as its sender calls it.
    pub sent_name: &'a str,
    /// The name that it will have.
    pub name: &'a str,
    /// The number of the file's bytes.
    pub size: u64,
    /// When the file was last changed, in milliseconds since 1970.
    pub modified: i64,
    /// How many parts have arrived.
    pub received: u64,
    /// How far it is, and when it ends.
    pub about: Markup,
}

impl DropZone<'_> {
    /// The part of the page.
    pub fn show(self, lang: Lang, mark: &FormMark) -> Markup {
        let text = |key: &'static str| tr!(lang, key);
        html! {
            div.drop-zone data-uploads=(self.uploads) data-directory=(self.directory) data-part=(self.part)
                data-choose-again=(text("uploads.choose_again")) data-waiting=(text("uploads.waiting"))
                data-paused=(text("uploads.paused")) data-offline=(text("uploads.offline"))
                data-storing=(text("uploads.storing")) data-done=(text("uploads.done"))
                data-cancelled=(text("uploads.cancelled")) data-not-cancelled=(text("uploads.not_cancelled")) data-expired=(text("uploads.expired")) data-refused=(text("uploads.refused"))
                data-ended=(text("uploads.ended")) data-unreadable=(text("uploads.unreadable"))
                data-pause=(text("uploads.pause")) data-resume=(text("uploads.resume"))
                data-again=(text("uploads.again")) data-cancel=(text("uploads.cancel"))
            {
                (self.form)
                p.drop-hint.muted hidden { (text("files.drop")) }
                p.visually-hidden role="status" {}
                div.uploads hidden[self.unfinished.is_empty()] {
                    h2 { (text("uploads.title")) }
                    ul {
                        @for upload in self.unfinished {
                            (upload.row(lang, mark, self.uploads))
                        }
                    }
                }
            }
            script type="module" src=(assets::url("upload.js")) {}
        }
    }
}

impl UnfinishedUpload<'_> {
    fn row(&self, lang: Lang, mark: &FormMark, uploads: &str) -> Markup {
        let cancel = tr!(lang, "uploads.cancel");
        let path = format!("{uploads}/{}/cancel", self.id);
        html! {
            li.upload data-id=(self.id) data-name=(self.sent_name) data-size=(self.size) data-modified=(self.modified) data-received=(self.received) {
                bdi.upload-name { (self.name) }
                span.upload-state { (self.about) }
                (button_form_about(&path, mark, &cancel, self.name, ButtonStyle::Secondary))
            }
        }
    }
}

/// A PDF, in the browser's own viewer; the page's policy must allow a frame.
pub fn document(src: &str, title: &str) -> Markup {
    html! { div.document { iframe src=(src) title=(title) loading="lazy" {} } }
}

/// A picture in its own place, as large as there is room for.
pub fn picture(src: &str, alt: &str) -> Markup {
    html! { div.picture { img src=(src) alt=(alt) loading="lazy"; } }
}
