//! Which addresses requests may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// Where clouds tell a machine its own credentials. No setting lets these through.
const METADATA: [IpAddr; 9] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x23)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x254)),
];

/// What isn't reachable everywhere, of the IANA IPv4 Special-Purpose Address Registry (RFC 6890); and
/// multicast.
const SPECIAL_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// All addresses that are given out (RFC 4291 section 2.4).
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What isn't reachable everywhere of these: protocol assignments with Teredo, and documentation.
const SPECIAL_V6: [Ipv6Net; 3] = [v6(0x2001, 0, 23), v6(0x2001, 0x0db8, 32), v6(0x3fff, 0, 20)];

/// The prefix of addresses that a gateway translates to IPv4 (NAT64, RFC 6052 section 2.1).
const TRANSLATED: Ipv6Net = v6(0x0064, 0xff9b, 96);

/// The prefix of addresses that are tunnelled to IPv4 (6to4, RFC 3056).
const TUNNELLED: Ipv6Net = v6(0x2002, 0, 16);

/// Ends of names that are only known within a network (RFC 6761, RFC 6762, RFC 8375).
const INNER_NAMES: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "test"];

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// Why a request may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It would be readable on the way.
    #[error("the address does not begin with https://")]
    NotHttps,
    /// It leads into a network that isn't public.
    #[error("the address leads into a network that is not public")]
    NotPublic,
}

/// Decides where requests may go: to public addresses by `https`, and into the networks that the
/// operator lets through, also by `http`.
#[derive(Debug, Clone, Default)]
pub struct Guard(Arc<[IpNet]>);

impl Guard {
    /// One that also lets these networks through.
    pub fn new(allowed: &[IpNet]) -> Self {
        Self(allowed.into())
    }

    /// Checks what can be seen of an address before its name is resolved.
    ///
    /// # Errors
    /// When no request can go there.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        let is_plain = url.scheme() != "https";
        if is_plain && (url.scheme() != "http" || self.0.is_empty()) {
            return Err(Refused::NotHttps);
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(address.into(), is_plain),
            Some(Host::Ipv6(address)) => self.check_address(address.into(), is_plain),
            Some(Host::Domain(name)) if self.0.is_empty() && is_inner(name) => {
                Err(Refused::NotPublic)
            }
            Some(Host::Domain(_)) => Ok(()),
            None => Err(Refused::NotPublic),
        }
    }

    /// Checks an address that a name was resolved to, for a request by `http` if it `is_plain`.
    ///
    /// # Errors
    /// When the request may not go there.
    pub fn check_address(&self, address: IpAddr, is_plain: bool) -> Result<(), Refused> {
        let address = address.to_canonical();
        let target = embedded(address).map_or(address, IpAddr::V4);
        if METADATA.contains(&address) || METADATA.contains(&target) {
            return Err(Refused::NotPublic);
        }
        if self.0.iter().any(|net| net.contains(&address)) {
            return Ok(());
        }
        match target {
            IpAddr::V4(target) if SPECIAL_V4.iter().any(|net| net.contains(&target)) => {
                Err(Refused::NotPublic)
            }
            IpAddr::V6(target)
                if !GLOBAL_V6.contains(&target)
                    || SPECIAL_V6.iter().any(|net| net.contains(&target)) =>
            {
                Err(Refused::NotPublic)
            }
            _ if is_plain => Err(Refused::NotHttps),
            _ => Ok(()),
        }
    }
}

/// The IPv4 address that an IPv6 address leads to, if it does.
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let bytes = address.octets();
    let at = if TRANSLATED.contains(&address) {
        12
    } else if TUNNELLED.contains(&address) {
        2
    } else {
        return None;
    };
    Some(Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]))
}

/// Whether a name is only known within a network.
fn is_inner(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |end: &str| {
        name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    !name.contains('.') || INNER_NAMES.into_iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(guard: &Guard, url: &str) -> Result<(), Refused> {
        guard.check(&Url::parse(url).unwrap())
    }

    fn allowing(nets: &[&str]) -> Guard {
        Guard::new(&nets.iter().map(|net| net.parse().unwrap()).collect::<Vec<_>>())
    }

    /// Addresses that lead into networks of one's own, in all notations.
    const INNER: [&str; 60] = [
        "127.0.0.1",
        "127.1",
        "127.255.255.254",
        "0x7f.1",
        "0x7f000001",
        "0x7F.0x0.0x0.0x1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "0xa.0.0.1",
        "167772161",
        "012.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.0.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.0.1",
        "192.168.257",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[2001::1]",
        "[2001:db8::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
    ];

    #[test]
    fn no_notation_of_an_address_leads_into_a_network_of_ones_own() {
        for host in INNER {
            assert_eq!(
                checked(&Guard::default(), &format!("https://{host}/haak")),
                Err(Refused::NotPublic),
                "{host}"
            );
        }
        for host in ["localhost", "LOCALHOST.", "a.localhost", "kassa", "kassa.local", "a.internal"]
        {
            let url = format!("https://{host}/");
            assert_eq!(checked(&Guard::default(), &url), Err(Refused::NotPublic), "{host}");
        }
    }

    #[test]
    fn public_addresses_are_open_by_https_alone() {
        for host in [
            "hooks.example.nl",
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "223.255.255.255",
            "[2606:4700:4700::1111]",
            "[2a00:1450:400e::1]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::8.8.8.8]",
            "[2002:808:808::1]",
            "notlocalhost.nl",
        ] {
            let open = checked(&Guard::default(), &format!("https://{host}/"));
            assert_eq!(open, Ok(()), "{host}");
            let plain = checked(&Guard::default(), &format!("http://{host}/"));
            assert_eq!(plain, Err(Refused::NotHttps), "{host}");
        }
        for url in ["ftp://8.8.8.8/", "ws://8.8.8.8/", "file://a/"] {
            assert_eq!(checked(&Guard::default(), url), Err(Refused::NotHttps), "{url}");
            assert!(checked(&allowing(&["127.0.0.0/8"]), url).is_err(), "{url}");
        }
    }

    #[test]
    fn only_the_allowed_networks_are_let_through() {
        let guard = allowing(&["127.0.0.0/8", "fd12::/16"]);
        for host in ["127.0.0.1:4000", "0x7f.1", "[::ffff:127.0.0.1]", "[fd12::1]", "localhost:1"] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}/");
                assert_eq!(checked(&guard, &url), Ok(()), "{url}");
            }
        }
        for host in ["10.0.0.1", "[::1]", "[fd13::1]", "[64:ff9b::10.0.0.1]"] {
            let url = format!("https://{host}/");
            assert_eq!(checked(&guard, &url), Err(Refused::NotPublic), "{host}");
        }
        // A name is only known once it is resolved.
        assert_eq!(checked(&guard, "http://hooks.example.nl/"), Ok(()));
        let public = "8.8.8.8".parse().unwrap();
        assert_eq!(guard.check_address(public, true), Err(Refused::NotHttps));
        assert_eq!(guard.check_address(public, false), Ok(()));
    }

    #[test]
    fn nothing_lets_the_metadata_of_clouds_through() {
        let guard = allowing(&["0.0.0.0/0", "::/0"]);
        assert_eq!(checked(&guard, "http://169.254.1.1/"), Ok(()));
        for host in [
            "169.254.169.254",
            "0xa9fea9fe",
            "169.254.170.2",
            "169.254.170.23",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::169.254.169.254]",
            "[2002:a9fe:a9fe::1]",
            "[fd00:ec2::254]",
            "[fd00:ec2::23]",
            "[fd20:ce::254]",
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}/latest/meta-data/");
                assert_eq!(checked(&guard, &url), Err(Refused::NotPublic), "{url}");
            }
        }
    }
}
