//! The addresses and networks (CIDR, RFC 4632) that a key can be used from.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::db::{Column, FromColumn, Param, ToParam};
use crate::network::parse_network;

/// The maximum number of networks in a list.
const MOST: usize = 50;

/// A list of networks; an empty list allows every address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressList(Vec<IpNet>);

/// Why a text isn't a list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressListFault {
    /// A part that is neither an address nor a network.
    #[error("{0} is not an IP address or network, such as 203.0.113.7 or 203.0.113.0/24")]
    NoNetwork(String),
    /// Too many networks.
    #[error("a list can have at most {MOST} networks")]
    TooMany,
}

impl AddressList {
    /// Parses addresses and networks, separated by spaces, commas or newlines.
    ///
    /// # Errors
    /// The first malformed part, or that there are too many.
    pub fn parse(text: &str) -> Result<Self, AddressListFault> {
        let parts = text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'))
            .filter(|part| !part.is_empty());
        let mut networks: Vec<IpNet> = parts.map(network).collect::<Result<_, _>>()?;
        networks.sort();
        networks.dedup();
        if networks.len() > MOST { Err(AddressListFault::TooMany) } else { Ok(Self(networks)) }
    }

    /// Whether a request may come from this address.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether every address is allowed.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The networks; a single address is written without its prefix length.
    pub fn texts(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|network| {
                if network.prefix_len() == network.max_prefix_len() {
                    network.addr().to_string()
                } else {
                    network.to_string()
                }
            })
            .collect()
    }
}

fn network(text: &str) -> Result<IpNet, AddressListFault> {
    parse_network(text).ok_or_else(|| AddressListFault::NoNetwork(text.chars().take(60).collect()))
}

impl ToParam for AddressList {
    fn to_param(&self) -> Param<'_> {
        Param::Text(self.texts().join(" ").into())
    }
}

impl FromColumn for AddressList {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Self::parse(text).ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> String {
        AddressList::parse(text)
            .map_or_else(|fault| fault.to_string(), |list| list.texts().join(" "))
    }

    #[test]
    fn addresses_and_networks_are_read_however_they_are_separated() {
        assert_eq!(
            list("203.0.113.7, 10.1.2.3/8\n2001:db8::/32;203.0.113.7"),
            "10.0.0.0/8 203.0.113.7 2001:db8::/32"
        );
        assert_eq!(list("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(
            list("203.0.113.9:51008 [2001:db8::7]:443 198.51.100.0/255.255.255.0"),
            "198.51.100.0/24 203.0.113.9 2001:db8::7"
        );
        assert_eq!(list("  "), "");
        for wrong in ["localhost", "10.0.0.0/33", "1.2.3", "10.0.0.1-10.0.0.9", "https://10.0.0.1"]
        {
            assert!(list(wrong).starts_with(wrong), "{wrong}");
        }
        let many: Vec<String> = (0..=MOST).map(|last| format!("192.0.2.{last}")).collect();
        assert_eq!(AddressList::parse(&many.join(" ")), Err(AddressListFault::TooMany));
    }

    #[test]
    fn only_addresses_within_are_allowed_and_an_empty_list_allows_all() {
        let within = AddressList::parse("203.0.113.0/24 2001:db8::1").unwrap();
        for (address, allowed) in [
            ("203.0.113.255", true),
            ("203.0.114.0", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
            ("::1", false),
        ] {
            assert_eq!(within.allows(address.parse().unwrap()), allowed, "{address}");
        }
        assert!(AddressList::default().allows("198.51.100.1".parse().unwrap()));
    }
}
