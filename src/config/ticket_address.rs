//! The address to which customers answer by mail.

use std::fmt;
use std::str::FromStr;

use crate::values::EmailAddress;

/// The longest part before the `@`: a `+` and a token of 48 letters follow it, and mail servers take 64
/// (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 15;

/// The address to which customers answer by mail, such as `support@example.nl`. Each ticket has one of its
/// own, by subaddressing (RFC 5233): `support+<token>@example.nl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketAddress {
    local_part: String,
    domain: String,
}

impl TicketAddress {
    /// The address with a token.
    pub fn with(&self, token: &str) -> String {
        format!("{}+{token}@{}", self.local_part, self.domain)
    }
}

impl FromStr for TicketAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = EmailAddress::parse(text)
            .map_err(|_| "expected an e-mail address, such as support@example.nl".to_owned())?;
        let address = EmailAddress::for_mail_servers(address.as_str());
        match address.rsplit_once('@') {
            Some((local_part, _)) if local_part.len() > LONGEST_LOCAL_PART => Err(format!(
                "the part before the @ can have {LONGEST_LOCAL_PART} characters: a token is added to it"
            )),
            Some((local_part, domain)) => {
                Ok(Self { local_part: local_part.to_owned(), domain: domain.to_owned() })
            }
            None => Err("expected an e-mail address, such as support@example.nl".to_owned()),
        }
    }
}

impl fmt::Display for TicketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local_part, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_behind_a_plus() {
        let address: TicketAddress = "support@bäckerei.example".parse().unwrap();
        assert_eq!(address.with("abc"), "support+abc@xn--bckerei-5wa.example");
        assert!("klantenservice@example.nl".parse::<TicketAddress>().is_ok());
        for wrong in
            ["support", "example.nl", "Support <support@example.nl>", "klantenservices1@a.nl"]
        {
            assert!(wrong.parse::<TicketAddress>().is_err(), "{wrong}");
        }
    }
}
