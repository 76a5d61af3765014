//! `klantportaal mail …`

use std::io::{Read, sink};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::context::{CliError, Workplace};
use crate::accounts::{Portal, find_portal};
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::ids::{PortalId, TicketId};
use crate::mail::{Automatic, Content, IncomingFile, IncomingMail, MOST_BYTES};
use crate::objects::Objects;
use crate::resources::tickets::{self, MOST_PER_HOUR, Receipt};
use crate::sealed;
use crate::tenant::WritingStore;

/// The name of these commands, whose exit codes mail servers read.
pub(super) const NAME: &str = "mail";

/// The exit codes that mail servers know (`sysexits.h`): what isn't a mail, an address that leads nowhere, and
/// what can succeed later.
const NOT_A_MAIL: u8 = 65;
const NO_SUCH_ADDRESS: u8 = 67;
pub(super) const LATER: u8 = 75;

/// How long the content of a mail is read, at most. What is encoded in a mail can make this long.
const READ_FOR: Duration = Duration::from_secs(30);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take an answer to a ticket from the mail server: a mail on standard input
    ///
    /// Prints {"ticketId","messageId"} of the message; {"ignored"} with the reason for mail of programs,
    /// such as notices of absence; or {"refused"} with the reason for mail whose sender is told that it
    /// wasn't taken. A mail that arrives again is the same message. The ticket is found by the address
    /// that ticket-address and a token make, such as support+…@example.nl.
    #[command(
        after_help = "Exit codes: 0 done, 65 not an e-mail, 67 the address leads to no ticket, 75 try again later (the
database doesn't answer, the settings are wrong, or the ticket gets too many mails).

Run it as the user of the server, with the same settings.

Example: try it
  klantportaal mail receive --recipient support+…@example.nl <answer.eml

Example: Postfix
  main.cf    recipient_delimiter = +
             transport_maps = inline:{support@example.nl=klantportaal:}
             klantportaal_destination_recipient_limit = 1
  master.cf  klantportaal unix - n n - 4 pipe flags=Rq user=klantportaal null_sender=
               argv=/usr/local/bin/klantportaal mail receive --config /etc/klantportaal.toml
               --sender ${sender} --recipient ${recipient}

Example: Exim
  router     driver = accept, local_parts = support, local_part_suffix = +*, transport = klantportaal
  transport  driver = pipe, user = klantportaal, return_path_add, delivery_date_add
             command = /usr/local/bin/klantportaal mail receive --config /etc/klantportaal.toml \\
               --recipient $local_part$local_part_suffix@$domain"
    )]
    Receive(Receive),
}

#[derive(Debug, Args)]
pub(super) struct Receive {
    /// The address that the mail is for [default: those in Delivered-To, X-Original-To, Envelope-To, To
    /// and Cc]
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// The address that bounces go to; empty for a bounce [default: that in Return-Path]
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let Self::Receive(receive) = self;
        receive.run(place).await
    }
}

impl Receive {
    async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let raw = read()?;
        let Some(mut mail) = IncomingMail::parse_head(&raw) else {
            return Err(exit(NOT_A_MAIL, "this is not an e-mail with a sender"));
        };
        // A bounce has no sender, for which some mail servers write a name.
        let sender =
            self.sender.as_deref().map(|sender| if sender.contains('@') { sender } else { "" });
        let automatic =
            mail.automatic.or(sender.filter(|s| s.is_empty()).map(|_| Automatic::Bounce));
        let (portal, ticket) = self.ticket(place, &mail).await?;
        if let Some(automatic) = automatic {
            return Ok(json!({ "ignored": automatic.name() }));
        }
        (mail.content, mail.files) = content(raw).await;
        match take(place, &portal, &ticket, (mail, sender)).await {
            Ok(Receipt::Taken(message)) => Ok(json!({ "ticketId": ticket, "messageId": message })),
            Ok(Receipt::Own) => Ok(json!({ "ignored": "own" })),
            Ok(Receipt::Refused(refusal)) => Ok(json!({ "refused": refusal.name() })),
            Ok(Receipt::Later) => Err(exit(
                LATER,
                &format!("the ticket got {MOST_PER_HOUR} mails within an hour; try again later"),
            )),
            Err(Error::NotFound) => Err(no_such_address()),
            Err(error) => Err(error.into()),
        }
    }

    /// The ticket that the mail is for, and its portal.
    async fn ticket(
        &self,
        place: &Workplace,
        mail: &IncomingMail,
    ) -> Result<(Portal, TicketId), CliError> {
        let source = place.config.key_source();
        sealed::check(source, &place.db).await?;
        let keys = sealed::load(source, &place.db).await?;
        let given = self.recipient.as_ref().map(std::slice::from_ref);
        let mut addresses = given.unwrap_or(&mail.recipients).iter();
        let found: Option<(PortalId, TicketId)> =
            addresses.find_map(|address| tickets::ticket_of(&keys, address));
        let Some((portal, ticket)) = found else { return Err(no_such_address()) };
        match find_portal(&place.db, &portal).await {
            Ok(portal) if portal.deleted_at.is_none() => Ok((portal, ticket)),
            Ok(_) | Err(Error::NotFound) => Err(no_such_address()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is written in the mail, and its files. The thread that reads one which takes too long ends with the command.
async fn content(raw: Vec<u8>) -> (Content, Option<Vec<IncomingFile>>) {
    let (done, content) = oneshot::channel();
    std::thread::spawn(move || drop(done.send(IncomingMail::read_content(&raw))));
    match timeout(READ_FOR, content).await {
        Ok(Ok(content)) => content,
        Ok(Err(_)) | Err(_) => (Content::Unread, Some(Vec::new())),
    }
}

async fn take(
    place: &Workplace,
    portal: &Portal,
    ticket: &TicketId,
    (mut mail, sender): (IncomingMail, Option<&str>),
) -> Result<Receipt> {
    let (config, zone) = (&place.config, portal.zone());
    let objects =
        Objects::from_settings(&config.files, &config.data_dir).map_err(Error::internal)?;
    let sent = mail.files.as_mut().map(std::mem::take).unwrap_or_default();
    let files = tickets::store(&objects, &portal.id, sent).await?;
    let author = tickets::author(ticket, &mail);
    let change = Change { author, caller: None, now: place.clock.now(), zone: &zone };
    let mut tx = WritingStore::open(place.db.clone(), portal.id.clone()).begin().await?;
    let receipt =
        tickets::receive(&mut tx, &change, &config.quotas, ticket, (&mail, sender), files).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// The mail, as far as it is looked at. It is read to its end, which mail servers expect.
fn read() -> std::io::Result<Vec<u8>> {
    let (mut stdin, mut raw) = (std::io::stdin().lock(), Vec::new());
    stdin.by_ref().take(MOST_BYTES as u64 + 1).read_to_end(&mut raw)?;
    std::io::copy(&mut stdin, &mut sink())?;
    Ok(raw)
}

fn no_such_address() -> CliError {
    exit(
        NO_SUCH_ADDRESS,
        "no ticket has this address: it was deleted, or the address is incomplete",
    )
}

fn exit(code: u8, text: &str) -> CliError {
    CliError::Exit { code, text: text.to_owned() }
}
