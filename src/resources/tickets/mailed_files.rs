//! The files that go out with the mail of a message.

use futures_util::TryStreamExt;

use super::Attachment;
use crate::error::{Error, Held, Result};
use crate::guests::Writer;
use crate::i18n::Lang;
use crate::ids::PortalId;
use crate::mail::MailFile;
use crate::quotas::MEGABYTE;
use crate::resources::files::readable_size;

/// The most bytes of files that go with a mail. They become a third longer in it, and many mail servers
/// refuse mail of more than 20 MB.
pub(super) const MOST_BYTES: u64 = 10 * MEGABYTE;

/// What goes with a mail, and what is only named in it.
pub(super) struct MailedFiles {
    /// The files that go with it.
    pub(super) files: Vec<MailFile>,
    /// The names and sizes of the others; empty if there are none.
    pub(super) left_out: String,
}

impl MailedFiles {
    /// Those of a message: each that fits beside those before it. A file whose content is lost or blocked is
    /// named; and so is one that isn't scanned yet, if the mail can't wait for that.
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
        let (mut files, mut left_out, mut room) = (Vec::new(), Vec::new(), MOST_BYTES);
        for attachment in attachments {
            let size = attachment.bytes();
            let content = if size <= room {
                match content(writer, portal, &attachment).await {
                    Err(Error::Held(held)) if held == Held::Blocked || !can_wait => None,
                    content => content?,
                }
            } else {
                None
            };
            match content {
                Some(content) => {
                    room -= size;
                    files.push(MailFile { name: attachment.name, mime: attachment.mime, content });
                }
                None => {
                    let size = readable_size(lang, size);
                    left_out.push(format!("{} ({size})", attachment.name));
                }
            }
        }
        Ok(Self { files, left_out: left_out.join(", ") })
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
