//! Storing the file of an import while it arrives: in pieces in the database, so that any instance can
//! import it, and no copy of it is left on a disk.

use super::import::{Import, State};
use super::imported::{Imported, guess};
use super::intake::{Intake, Taken};
use crate::changes::Importer;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::ids::ImportId;
use crate::manage::Member;
use crate::values::Name;
use crate::web::FileStream;

/// The largest file, in bytes.
const LARGEST: u64 = 100_000_000;

/// The name of the form's field.
pub(super) const FILE: &str = "file";

fn fault(message: Message) -> Error {
    Error::Invalid(FieldErrors::one(FILE, message))
}

/// Stores the file that a member sends. A file of the portal that wasn't imported yet makes way for it.
///
/// # Errors
/// [`Error::Invalid`] when it can't be read; [`Error::Conflict`] when another import is being worked on.
pub(super) async fn store<R: Imported>(member: &Member, mut file: FileStream) -> Result<ImportId> {
    for earlier in Import::waiting(&member.store).await? {
        give_up(member, &earlier).await?;
    }
    let importer = Importer {
        account: member.session.account_id.clone(),
        email: member.session.email.clone(),
    };
    let name = Name::nearest(&file.file_name);
    let mut tx = member.begin().await?;
    let (lang, now) = (member.lang(), member.now());
    let id = Import::begin(&mut tx, R::KIND, name.as_str(), lang, &importer, now).await?;
    tx.commit().await?;
    match receive::<R>(member, &id, &mut file).await {
        Ok(()) => Ok(id),
        Err(error) => {
            give_up(member, &id).await?;
            Err(error)
        }
    }
}

async fn receive<R: Imported>(member: &Member, id: &ImportId, file: &mut FileStream) -> Result<()> {
    let (mut intake, mut length, mut number) = (Intake::new(), 0_u64, 0_i64);
    while let Some(piece) = file.next().await? {
        length += piece.len() as u64;
        if length > LARGEST {
            return Err(fault(Message::with("transfer.import.too_large", LARGEST / 1_000_000)));
        }
        let ready = intake.take(&piece).map_err(fault)?;
        number = add(member, id, number, ready).await?;
    }
    let (ready, Taken { heads, rows }) = intake.end().map_err(fault)?;
    let pieces = add(member, id, number, ready).await?;
    let fields = guess::<R>(&heads, &R::more_columns(&member.store).await?);
    let mut tx = member.begin().await?;
    if !Import::arrived(&mut tx, id, &heads, &fields, pieces, rows).await? {
        return Err(fault(Message::new("transfer.import.replaced")));
    }
    Ok(tx.commit().await?)
}

/// Adds pieces; returns the number of the next one.
async fn add(member: &Member, id: &ImportId, mut number: i64, pieces: Vec<Vec<u8>>) -> Result<i64> {
    if pieces.is_empty() {
        return Ok(number);
    }
    let mut tx = member.begin().await?;
    for piece in pieces {
        Import::add_piece(&mut tx, id, number, &piece).await?;
        number += 1;
    }
    tx.commit().await?;
    Ok(number)
}

/// Ends an import early, whatever it is at, and deletes its file.
pub(super) async fn give_up(member: &Member, id: &ImportId) -> Result<()> {
    let mut tx = member.begin().await?;
    let import = Import::find_in(&mut tx, id).await?;
    if import.state.is_working() || import.state.is_waiting() {
        let states = (import.state, State::Cancelled);
        Import::change_state(&mut tx, id, states, false, None).await?;
    }
    tx.commit().await?;
    if import.state != State::Undoing {
        Import::forget_file(id, || member.begin()).await?;
    }
    Ok(())
}
