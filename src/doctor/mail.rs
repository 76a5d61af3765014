//! Checks mail delivery. Connects to the mail server without sending mail.

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::mail::{Concern, try_server};

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
