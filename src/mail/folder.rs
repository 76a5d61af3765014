//! Mail stored as files, if there is no mail server: `<milliseconds>-<8 hex digits>.eml` as it
//! would be sent, and a `.json` with its parts for the mailbox page.

use std::path::Path;

use jiff::Timestamp;
use lettre::Message;

use super::Mail;

/// Stores a mail, and logs that, without its contents.
pub(super) async fn keep(folder: &Path, mail: &Mail, message: &Message) -> std::io::Result<()> {
    crate::private_folder::create(folder)?;
    let name = format!("{}-{:08x}", Timestamp::now().as_millisecond(), rand::random::<u32>());
    let unfinished = folder.join(format!("{name}.part"));
    let file = format!("{name}.eml");
    tokio::fs::write(&unfinished, message.formatted()).await?;
    tokio::fs::rename(&unfinished, folder.join(&file)).await?;
    let Mail { to, subject, text, html, calendar, .. } = mail;
    let calendar = calendar.as_ref().map(|file| &file.content);
    let parts = serde_json::json!({ "to": to, "subject": subject, "text": text, "html": html, "calendar": calendar });
    tokio::fs::write(&unfinished, parts.to_string()).await?;
    tokio::fs::rename(&unfinished, folder.join(format!("{name}.json"))).await?;
    tracing::info!(file, "a mail was kept and not sent: there is no mail server");
    Ok(())
}
