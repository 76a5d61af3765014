//! The checks of `klantportaal doctor`: everything around the server that an operator can fix. They
//! work whether or not the server runs, write nothing, and create no database.

mod clock;
mod database;
mod disk;
mod encryption_key;
mod files;
mod finding;
mod jobs;
mod mail;
mod permissions;
mod public_address;
mod scanner;

pub use finding::{Check, Diagnosis, Finding, Severity};

use crate::clock::Clock;
use crate::config::Config;

/// Runs all checks; with `ask_address`, also whether the server's own addresses lead to it.
pub async fn examine(config: &Config, clock: &Clock, ask_address: bool) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let db = database::examine(config, &mut diagnosis).await;
    diagnosis.add(Check::Permissions, permissions::examine(config));
    if let Some(db) = &db {
        diagnosis.add(Check::EncryptionKey, encryption_key::examine(config, db).await);
        diagnosis.add(Check::Clock, clock::examine(db, clock).await);
    }
    diagnosis.add(Check::Disk, disk::examine(config));
    if let Some(db) = &db {
        diagnosis.add(Check::Files, files::examine(config, db).await);
        diagnosis.add(Check::Scanner, scanner::examine(config, db, clock).await);
        diagnosis.add(Check::Jobs, jobs::examine(db).await);
    }
    diagnosis.add(Check::Mail, mail::examine(config).await);
    diagnosis.add(Check::PublicAddress, public_address::examine(config, ask_address).await);
    diagnosis
}
