//! Where the virus scanner listens.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a clamd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerAddress {
    /// A socket on this machine.
    Socket(PathBuf),
    /// A host and a port.
    Tcp(String),
}

impl fmt::Display for ScannerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "clamd:{}", path.display()),
            Self::Tcp(host) => write!(f, "clamd://{host}"),
        }
    }
}

impl FromStr for ScannerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.strip_prefix("clamd:") {
            Some(rest) => match rest.strip_prefix("//") {
                Some(host) => is_host_and_port(host).then(|| Self::Tcp(host.to_owned())),
                None => rest.starts_with('/').then(|| Self::Socket(rest.into())),
            },
            None => None,
        };
        parsed.ok_or_else(|| {
            "expected a socket such as clamd:/run/clamav/clamd.ctl, or clamd://127.0.0.1:3310"
                .to_owned()
        })
    }
}

fn is_host_and_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        let is_in_brackets = host.starts_with('[') && host.ends_with(']');
        !host.is_empty()
            && (is_in_brackets || host.chars().all(is_name))
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_socket_or_a_host_with_a_port() {
        for text in [
            "clamd:/run/clamav/clamd.ctl",
            "clamd://127.0.0.1:3310",
            "clamd://clamav:3310",
            "clamd://[::1]:3310",
        ] {
            assert_eq!(text.parse::<ScannerAddress>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "/run/clamav/clamd.ctl",
            "clamd:",
            "clamd:clamd.ctl",
            "clamd://",
            "clamd://127.0.0.1",
            "clamd://127.0.0.1:0",
            "clamd:///run/clamav/clamd.ctl",
            "clamd://a/b:3310",
            "icap://127.0.0.1:1344",
        ] {
            assert!(wrong.parse::<ScannerAddress>().is_err(), "{wrong}");
        }
    }
}
