//! Checks mail delivery. Connects to the mail server without sending mail, and to the mailbox without reading any.

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::mail::{Concern, try_mailbox, try_server};

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Concern::of(config)
        .into_iter()
        .map(|concern| Check::Mail.warning(concern.to_string(), reason(concern), concern.remedy()))
        .collect();
    if let Some(Err(fault)) = try_server(config).await {
        findings.push(Check::Mail.fault(
            fault.to_string(),
            "mail waits in the queue, and mail that people can request again is lost: nobody can confirm an address or reset a password",
            fault.remedy(),
        ));
    }
    if config.imap_url.is_some() && config.ticket_address.is_none() {
        findings.push(Check::Mail.warning(
            "imap-url is set, but ticket-address isn't",
            "customers are told that they can't answer mails about tickets",
            "set ticket-address to the address whose mail arrives there, such as support@example.nl",
        ));
    }
    if let Some(Err(fault)) = try_mailbox(config).await {
        findings.push(Check::Mail.fault(
            fault.to_string(),
            "customers' answers to tickets stay in the mailbox",
            fault.remedy(),
        ));
    }
    findings
}

const fn reason(concern: Concern) -> &'static str {
    match concern {
        Concern::NoServer => {
            "people who register or forget their password wait for mail that never arrives"
        }
        Concern::NotEncrypted => "anybody who intercepts it can log in as somebody else",
        Concern::UnknownSender => "people who register or forget their password get no mail",
    }
}
