//! The files that go out with the mail of a message.

use std::borrow::Cow;

use futures_util::TryStreamExt;

use super::Attachment;
use crate::error::{Error, Held, Result};
use crate::guests::Writer;
use crate::i18n::{Lang, tr};
use crate::ids::PortalId;
use crate::mail::MailFile;
use crate::objects::ScanState;
use crate::quotas::MEGABYTE;
use crate::resources::files::readable_size;

/// The most bytes of files that go with a mail. They become a third longer in it, and many mail servers
/// refuse mail of more than 20 MB.
pub(super) const MOST_BYTES: u64 = 10 * MEGABYTE;

/// What goes with a mail, and what is only named in it.
#[derive(Default)]
pub(super) struct MailedFiles {
    /// The files that go with it.
    pub(super) files: Vec<MailFile>,
    /// Those that don't fit, or whose content is lost.
    left_out: Names,
    /// Those that the virus scanner blocks.
    blocked: Names,
    /// Those that weren't scanned in time.
    unscanned: Names,
}

/// The names and sizes of files.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn add(&mut self, lang: Lang, attachment: &Attachment) {
        let size = readable_size(lang, attachment.bytes());
        self.0.push(format!("{} ({size})", attachment.name));
    }
}

impl MailedFiles {
    /// Those of a message: each that fits beside those before it. The others are named, with one that isn't
    /// scanned yet if the mail can't wait for that.
    ///
    /// # Errors
    /// [`Error::Held`] when a file is being scanned and the mail can wait.
    pub(super) async fn of(
        writer: &Writer,
        portal: &PortalId,
        lang: Lang,
        attachments: Vec<Attachment>,
        can_wait: bool,
    ) -> Result<Self> {
        let (mut mailed, mut room) = (Self::default(), MOST_BYTES);
        for attachment in attachments {
            match ScanState::held(attachment.scan) {
                Some(Held::Blocked) => {
                    mailed.blocked.add(lang, &attachment);
                    continue;
                }
                Some(Held::Scanning) if !can_wait => {
                    mailed.unscanned.add(lang, &attachment);
                    continue;
                }
                Some(held) => return Err(Error::Held(held)),
                None => {}
            }
            let size = attachment.bytes();
            let content =
                if size <= room { content(writer, portal, &attachment).await? } else { None };
            if let Some(content) = content {
                room -= size;
                let Attachment { name, mime, .. } = attachment;
                mailed.files.push(MailFile { name, mime, content });
            } else {
                mailed.left_out.add(lang, &attachment);
            }
        }
        Ok(mailed)
    }

    /// What the mail says of the files that don't go with it, each sentence before a space.
    pub(super) fn hints(&self, lang: Lang, portal: &str) -> String {
        let told = |Names(names): &Names, hint: fn(Lang, &str, &str) -> Cow<'static, str>| {
            let hint = (!names.is_empty()).then(|| hint(lang, &names.join(", "), portal));
            hint.map(|hint| format!("{hint} ")).unwrap_or_default()
        };
        [
            told(&self.left_out, |lang, names, portal| {
                tr!(lang, "tickets.mail.left_out", names = names, portal = portal)
            }),
            told(&self.unscanned, |lang, names, portal| {
                tr!(lang, "tickets.mail.unscanned", names = names, portal = portal)
            }),
            told(&self.blocked, |lang, names, _| tr!(lang, "tickets.mail.blocked", names = names)),
        ]
        .concat()
    }
}

/// The content of a file, unless it is lost.
async fn content(
    writer: &Writer,
    portal: &PortalId,
    attachment: &Attachment,
) -> Result<Option<Vec<u8>>> {
    let store = writer.store(portal);
    let object = store.open_content(writer.objects(), &attachment.file_id).await?;
    let Some(object) = object.filter(|object| object.size == attachment.bytes()) else {
        return Ok(None);
    };
    let pieces = object.all().try_fold(Vec::new(), async |mut all, piece| {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    pieces.await.map(Some).map_err(Error::of_store)
}
