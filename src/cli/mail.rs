//! `klantportaal mail …`

use std::io::{Read, sink};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::context::{CliError, Workplace};
use crate::error::Error;
use crate::mail::MOST_BYTES;
use crate::maintenance::{Arrival, ArrivedMail, Reception};
use crate::objects::Objects;
use crate::resources::tickets::{MOST_PER_HOUR, Receipt};
use crate::sealed;

/// The name of these commands, whose exit codes mail servers read.
pub(super) const NAME: &str = "mail";

/// The exit codes that mail servers know (`sysexits.h`): what isn't a mail, an address that leads nowhere, and
/// what can succeed later.
const NOT_A_MAIL: u8 = 65;
const NO_SUCH_ADDRESS: u8 = 67;
pub(super) const LATER: u8 = 75;

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
        // A bounce has no sender, for which some mail servers write a name.
        let sender =
            self.sender.as_deref().map(|sender| if sender.contains('@') { sender } else { "" });
        let (config, source) = (&place.config, place.config.key_source());
        sealed::check(source, &place.db).await?;
        let keys = sealed::load(source, &place.db).await?;
        let objects =
            Objects::from_settings(&config.files, &config.data_dir).map_err(Error::internal)?;
        let reception = Reception {
            db: &place.db,
            keys: &keys,
            objects: &objects,
            quotas: &config.quotas,
            reading: Arc::new(Semaphore::new(1)),
        };
        let recipient = self.recipient.as_deref();
        let arrived = ArrivedMail { raw, is_whole: true, recipient, sender };
        match reception.take(arrived, place.clock.now()).await? {
            Arrival::NotAMail => Err(exit(NOT_A_MAIL, "this is not an e-mail with a sender")),
            Arrival::NoTicket => Err(exit(
                NO_SUCH_ADDRESS,
                "no ticket has this address: it was deleted, or the address is incomplete",
            )),
            Arrival::Automatic(automatic) => Ok(json!({ "ignored": automatic.name() })),
            Arrival::Busy => Err(exit(LATER, "reading mails takes too long; try again later")),
            Arrival::Ticket(ticket, receipt) => match receipt {
                Receipt::Taken(message) => Ok(json!({ "ticketId": ticket, "messageId": message })),
                Receipt::Own => Ok(json!({ "ignored": "own" })),
                Receipt::Refused(refusal) => Ok(json!({ "refused": refusal.name() })),
                Receipt::Later => Err(exit(
                    LATER,
                    &format!(
                        "the ticket got {MOST_PER_HOUR} mails within an hour; try again later"
                    ),
                )),
            },
        }
    }
}

/// The mail, as far as it is looked at. It is read to its end, which mail servers expect.
fn read() -> std::io::Result<Vec<u8>> {
    let (mut stdin, mut raw) = (std::io::stdin().lock(), Vec::new());
    stdin.by_ref().take(MOST_BYTES as u64 + 1).read_to_end(&mut raw)?;
    std::io::copy(&mut stdin, &mut sink())?;
    Ok(raw)
}

fn exit(code: u8, text: &str) -> CliError {
    CliError::Exit { code, text: text.to_owned() }
}
