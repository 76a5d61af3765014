//! Files in the forms of messages.

use super::NewAttachment;
use super::attachments::MOST_FILES;
use crate::error::{Error, Message, Result};
use crate::fields::SentFile;
use crate::i18n::tr;
use crate::manage::Member;
use crate::quotas::MEGABYTE;
use crate::resources::files::{self, DirectoryRef, readable_size};
use crate::ui::Field;

/// The field with the files.
pub(super) const FILES: &str = "files";

/// The field for the files that are sent along with a message.
pub(super) fn field<'a>(member: &Member) -> Field<'a> {
    let lang = member.lang();
    let most = readable_size(lang, u64::from(member.quotas().max_file_megabytes) * MEGABYTE);
    let hint = tr!(lang, "tickets.files_hint", count = MOST_FILES, size = most);
    Field::file(lang, FILES, tr!(lang, "tickets.files"), None).multiple().hint(hint)
}

/// Stores the contents of files that came with a form.
///
/// # Errors
/// [`Error::Invalid`] when there are too many; as [`files::store`] otherwise.
pub(super) async fn store(member: &Member, sent: &[SentFile]) -> Result<Vec<NewAttachment>> {
    if sent.len() > MOST_FILES {
        return Err(Error::invalid(FILES, Message::with("field.too_many_items", MOST_FILES)));
    }
    let (objects, portal) = (member.objects(), member.store.portal());
    let mut stored = Vec::new();
    for file in sent {
        stored.push(files::store(objects, portal, file, DirectoryRef::Root, None).await?);
    }
    Ok(stored)
}
